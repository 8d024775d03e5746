// Reads kong/kong.yaml with decK's own parser, and checks what it makes of it.
//
// The local gateway reads the same file with code of its own. With -gateway, this
// program also starts that gateway twice, on the file and on decK's rendering, and
// checks that both send the same requests on.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/blang/semver/v4"
	"github.com/kong/go-database-reconciler/pkg/dump"
	"github.com/kong/go-database-reconciler/pkg/file"
	"github.com/kong/go-database-reconciler/pkg/state"
	"sigs.k8s.io/yaml"
)

func main() {
	config := flag.String("config", "kong/kong.yaml", "the configuration")
	gateway := flag.String("gateway", "", "the program tenjo-gateway, to be compared with decK")
	render := flag.Bool("render", false, "print what decK renders with the environment's values, as JSON")
	flag.Parse()
	if *render {
		if err := printRendered(*config); err != nil {
			fmt.Fprintln(os.Stderr, "error:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(*config, *gateway); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(config, gateway string) error {
	openapi, err := readSpecification("openapi.yaml")
	if err != nil {
		return err
	}
	checked := 0
	for _, kids := range kidsThatLookLikeSomethingElse {
		values, err := newValues(kids[0], kids[1], config, openapi)
		if err != nil {
			return err
		}
		content, err := read(config, values)
		if err != nil {
			return fmt.Errorf("with the key ids %q: %w", kids, err)
		}
		if problems := values.problems(content); len(problems) > 0 {
			return fmt.Errorf("with the key ids %q:\n- %s", kids, strings.Join(problems, "\n- "))
		}
		checked++
		if gateway == "" {
			continue
		}
		requests, err := compare(gateway, config, content, values)
		if err != nil {
			return fmt.Errorf("with the key ids %q: %w", kids, err)
		}
		fmt.Printf("key ids %q: %d requests, the same by both\n", kids, requests)
	}
	fmt.Printf("decK's parser takes %s with %d pairs of key ids\n", config, checked)
	return nil
}

// printRendered does what `deck file render --populate-env-vars` does, for tests of
// what calls it.
func printRendered(config string) error {
	content, err := file.GetContentFromFiles([]string{config}, false)
	if err != nil {
		return err
	}
	text, err := yaml.Marshal(content)
	if err != nil {
		return err
	}
	text, err = yaml.YAMLToJSON(text)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}

// YAML would read each of these as something that is not text. A key id may have the
// characters that template.yaml allows in TokenSigningKid.
var kidsThatLookLikeSomethingElse = [][2]string{
	{"k1", "k2"},
	{"20261129", "0123"},
	{"1e5", "0x1f"},
	{"true", "null"},
	{"no", "2026-11-29"},
}

// read gives what decK would sync: parsed, validated, and built into a state, as
// `deck file validate` does it.
func read(config string, values *values) (*file.Content, error) {
	for name, value := range values.variables {
		if err := os.Setenv(name, value); err != nil {
			return nil, err
		}
	}
	content, err := file.GetContentFromFiles([]string{config}, false)
	if err != nil {
		return nil, err
	}
	// Building the state changes the content, so it gets one of its own.
	copied, err := file.GetContentFromFiles([]string{config}, false)
	if err != nil {
		return nil, err
	}
	empty, err := state.NewKongState()
	if err != nil {
		return nil, err
	}
	version, err := semver.Parse("3.12.0")
	if err != nil {
		return nil, err
	}
	_, err = file.Get(context.Background(), copied, file.RenderConfig{CurrentState: empty, KongVersion: version}, dump.Config{}, nil)
	if err != nil {
		return nil, fmt.Errorf("building the state: %w", err)
	}
	return content, nil
}

// problems says where decK's reading is not what the values say.
func (values *values) problems(content *file.Content) []string {
	var found []string
	expect := func(what, is, want string) {
		if is != want {
			found = append(found, fmt.Sprintf("%s is %q, and should be %q", what, is, want))
		}
	}
	// One for each address, so that a service that the parser drops is missed.
	addresses := 0
	for name := range values.variables {
		if strings.HasSuffix(name, "_URL") {
			addresses++
		}
	}
	if len(content.Services) != addresses {
		found = append(found, fmt.Sprintf("%d services have %d addresses", len(content.Services), addresses))
	}
	for _, service := range content.Services {
		name := *service.Name
		want := values.variables[variableOf(name)]
		got := fmt.Sprintf("%s://%s%s", deref(service.Protocol), deref(service.Host), deref(service.Path))
		if port := service.Port; port == nil || *port != 443 {
			found = append(found, "the port of "+name+" is not that of HTTPS")
		}
		expect("the address of "+name, got, want)
		if len(service.Routes) != 1 {
			found = append(found, fmt.Sprintf("%s has %d routes", name, len(service.Routes)))
		}
	}
	if len(content.Consumers) != 1 || len(content.Consumers[0].JWTAuths) != 2 {
		return append(found, "there should be one consumer with two keys")
	}
	for at, key := range content.Consumers[0].JWTAuths {
		signer := values.signers[at]
		expect("a key id", deref(key.Key), signer.kid)
		// decK's block keeps no newline at the end; PEM readers do not need it.
		expect("the public key of "+signer.kid, deref(key.RSAPublicKey), strings.TrimSuffix(signer.publicPEM, "\n"))
	}
	secrets := 0
	for _, plugin := range allPlugins(content) {
		switch *plugin.Name {
		case "request-transformer":
			secrets++
			added := fmt.Sprint(plugin.Config["add"])
			if !strings.Contains(added, "X-Origin-Secret:"+values.variables["DECK_ORIGIN_SECRET"]) {
				found = append(found, "a request-transformer does not add the origin secret: "+added)
			}
		case "cors":
			expect("the origins", fmt.Sprint(plugin.Config["origins"]),
				fmt.Sprintf("[%[1]s %[1]s]", values.variables["DECK_CORS_ORIGINS"]))
		case "oas-validation":
			decoded, err := url.PathUnescape(fmt.Sprint(plugin.Config["api_spec"]))
			if err != nil || !json.Valid([]byte(decoded)) {
				found = append(found, "the specification is not the JSON that was given")
			}
			expect("the specification", decoded, values.specification)
		}
	}
	if secrets == 0 {
		found = append(found, "nothing adds the origin secret")
	}
	return found
}

func allPlugins(content *file.Content) []*file.FPlugin {
	var plugins []*file.FPlugin
	for at := range content.Plugins {
		plugins = append(plugins, &content.Plugins[at])
	}
	for _, service := range content.Services {
		plugins = append(plugins, service.Plugins...)
		for _, route := range service.Routes {
			plugins = append(plugins, route.Plugins...)
		}
	}
	return plugins
}

func deref(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}
