package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/kong/go-database-reconciler/pkg/file"
	"sigs.k8s.io/yaml"
)

// compare starts the local gateway on the configuration and on what decK renders of
// it, sends both the same requests, and says which answers or forwarded requests
// differ. It gives the number of requests.
func compare(gateway, config string, content *file.Content, values *values) (int, error) {
	upstream := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		seen := map[string]any{"method": request.Method, "path": request.URL.Path, "headers": headers(request.Header)}
		body, _ := io.ReadAll(request.Body)
		seen["body"] = string(body)
		_ = json.NewEncoder(answer).Encode(seen)
	}))
	defer upstream.Close()

	// The same functions, at an address that answers.
	variables := map[string]string{}
	for name, value := range values.variables {
		variables[name] = value
		if strings.HasSuffix(name, "_URL") {
			variables[name] = upstream.URL + "/" + strings.ToLower(name)
		}
	}
	rendered, err := withAddresses(content, variables)
	if err != nil {
		return 0, err
	}
	folder, err := os.MkdirTemp("", "tenjo-kong-check")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(folder)
	path := filepath.Join(folder, "rendered.yaml")
	if err := os.WriteFile(path, rendered, 0o600); err != nil {
		return 0, err
	}

	ours, err := start(gateway, config, variables)
	if err != nil {
		return 0, fmt.Errorf("on %s: %w", config, err)
	}
	defer ours.stop()
	decks, err := start(gateway, path, nil)
	if err != nil {
		return 0, fmt.Errorf("on what decK renders: %w", err)
	}
	defer decks.stop()

	sent := 0
	for _, service := range content.Services {
		for _, request := range requests(service, values) {
			first, err := ours.send(request)
			if err != nil {
				return 0, err
			}
			second, err := decks.send(request)
			if err != nil {
				return 0, err
			}
			sent++
			if first != second {
				return 0, fmt.Errorf("%s %s differs:\n%s\n%s", request.method, request.path, first, second)
			}
			if request.passes && !strings.HasPrefix(first, "200 ") {
				return 0, fmt.Errorf("%s %s should have passed: %s", request.method, request.path, first)
			}
			if !request.passes && strings.HasPrefix(first, "200 ") {
				return 0, fmt.Errorf("%s %s should have been refused: %s", request.method, request.path, first)
			}
		}
	}
	return sent, nil
}

// withAddresses gives decK's rendering with other addresses of the functions. decK
// splits an address into its parts; the local gateway only takes it whole.
func withAddresses(content *file.Content, variables map[string]string) ([]byte, error) {
	text, err := yaml.Marshal(content)
	if err != nil {
		return nil, err
	}
	var document map[string]any
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	services, _ := document["services"].([]any)
	for _, each := range services {
		service, _ := each.(map[string]any)
		for _, part := range []string{"protocol", "host", "port", "path"} {
			delete(service, part)
		}
		service["url"] = variables[variableOf(fmt.Sprint(service["name"]))]
	}
	return yaml.Marshal(document)
}

type sent struct {
	method, path, body, token string
	passes                    bool
}

// requests are one with each key, and where a token is needed, one without and one
// that somebody else signed.
func requests(service file.FService, values *values) []sent {
	route := service.Routes[0]
	method, expression := *route.Methods[0], *route.Paths[0]
	path, body := values.openapi.path(expression), values.openapi.body(method, expression)
	all := []sent{
		{method, path, body, values.signers[0].token(), true},
		{method, path, body, values.signers[1].token(), true},
	}
	for _, plugin := range service.Plugins {
		if *plugin.Name == "jwt" {
			forged := newSigner(values.signers[0].kid)
			all = append(all,
				sent{method, path, body, "", false},
				sent{method, path, body, forged.token(), false})
		}
	}
	return all
}

type running struct {
	command *exec.Cmd
	address string
}

func start(program, config string, variables map[string]string) (*running, error) {
	// No DECK_ variable of this process: a rendering needs none.
	environment := []string{}
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "DECK_") {
			environment = append(environment, variable)
		}
	}
	for name, value := range variables {
		environment = append(environment, name+"="+value)
	}
	command := exec.Command(program, "--listen", "127.0.0.1:0", "--config", config)
	command.Env = environment
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var complaints strings.Builder
	command.Stderr = &complaints
	if err := command.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = command.Wait()
		return nil, fmt.Errorf("the gateway does not start: %s", complaints.String())
	}
	return &running{command, strings.TrimSpace(strings.TrimPrefix(line, "listening on http://"))}, nil
}

func (gateway *running) stop() {
	_ = gateway.command.Process.Kill()
	_ = gateway.command.Wait()
}

// send gives status and body, where the body says what the function got.
func (gateway *running) send(request sent) (string, error) {
	ready, err := http.NewRequest(request.method, "http://"+gateway.address+request.path, strings.NewReader(request.body))
	if err != nil {
		return "", err
	}
	// The name is the same for both, and so is the id.
	ready.Host = "api.example"
	ready.Header.Set("X-Request-ID", "0d0d0d0d")
	ready.Header.Set("X-Origin-Secret", "made by the client")
	ready.Header.Set("Content-Type", "application/json")
	if request.token != "" {
		ready.Header.Set("Authorization", "Bearer "+request.token)
	}
	client := http.Client{Timeout: 10 * time.Second}
	answer, err := client.Do(ready)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %s %s", answer.StatusCode, headers(answer.Header), body), nil
}

// varies differs from request to request by its nature.
var varies = map[string]bool{
	"Date": true, "X-Kong-Request-Id": true, "X-Kong-Upstream-Latency": true, "X-Kong-Proxy-Latency": true,
	"X-Kong-Response-Latency": true, "Ratelimit-Reset": true, "X-Forwarded-Port": true, "X-Consumer-Id": true,
	"Retry-After": true,
}

func headers(all http.Header) string {
	kept := http.Header{}
	for name, value := range all {
		if !varies[name] {
			kept[name] = value
		}
	}
	// A map prints in the order of its keys.
	return fmt.Sprint(map[string][]string(kept))
}
