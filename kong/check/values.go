package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"
)

// values are made up for one reading of the configuration.
type values struct {
	variables map[string]string
	// specification is what is given to Kong, and openapi what it was made of.
	specification string
	openapi       *specification
	// signers make tokens under the current and the next key.
	signers [2]*signer
}

type signer struct {
	kid       string
	key       *ecdsa.PrivateKey
	publicPEM string
}

func newValues(current, next, config string, openapi *specification) (*values, error) {
	text, err := openapi.json()
	if err != nil {
		return nil, err
	}
	made := &values{
		variables:     map[string]string{},
		specification: text,
		openapi:       openapi,
		signers:       [2]*signer{newSigner(current), newSigner(next)},
	}
	set := func(name, value string) { made.variables[name] = value }
	set("DECK_ORIGIN_SECRET", "0123456789abcdef0123456789abcdef")
	set("DECK_CORS_ORIGINS", "https://game.example")
	set("DECK_OPENAPI_SPEC", strings.ReplaceAll(url.QueryEscape(made.specification), "+", "%20"))
	set("DECK_TOKEN_CURRENT_KID", current)
	set("DECK_TOKEN_NEXT_KID", next)
	// As a shell gives them: $(cat file) takes the newline at the end.
	set("DECK_TOKEN_CURRENT_PUBLIC_KEY", strings.TrimSuffix(made.signers[0].publicPEM, "\n"))
	set("DECK_TOKEN_NEXT_PUBLIC_KEY", strings.TrimSuffix(made.signers[1].publicPEM, "\n"))
	names, err := functionVariables(config)
	if err != nil {
		return nil, err
	}
	for name := range names {
		set(name, "https://"+strings.ToLower(strings.ReplaceAll(name, "_", "-"))+".lambda-url.example")
	}
	return made, nil
}

var namesURL = regexp.MustCompile(`env "(DECK_[A-Z_]+_URL)"`)

// functionVariables are those that the configuration names for addresses.
func functionVariables(config string) (map[string]bool, error) {
	text, err := os.ReadFile(config)
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, match := range namesURL.FindAllStringSubmatch(string(text), -1) {
		names[match[1]] = true
	}
	return names, nil
}

// variableOf gives the variable with the address of a function: request-draw is
// DECK_REQUEST_DRAW_URL.
func variableOf(service string) string {
	return "DECK_" + strings.ToUpper(strings.ReplaceAll(service, "-", "_")) + "_URL"
}

func newSigner(kid string) *signer {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return &signer{kid: kid, key: key, publicPEM: string(block)}
}

// token makes an access token that is good for a minute.
func (signer *signer) token() string {
	part := func(fields any) string {
		text, err := json.Marshal(fields)
		if err != nil {
			panic(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	now := time.Now().Unix()
	signed := part(map[string]any{"alg": "ES256", "typ": "JWT", "kid": signer.kid}) + "." +
		part(map[string]any{"iss": "https://api.example", "sub": "018f0000-0000-7000-8000-000000000001",
			"iat": now, "exp": now + 60, "jti": fmt.Sprint(now)})
	digest := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, signer.key, digest[:])
	if err != nil {
		panic(err)
	}
	signature := append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}
