package main

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// specification is openapi.yaml, with what a valid request needs.
type specification struct {
	document map[string]any
}

func readSpecification(path string) (*specification, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var document map[string]any
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	return &specification{document}, nil
}

// json is what `tenjo` makes of it (cli/deploy/src/gateway.rs): without what only answers need.
func (spec *specification) json() (string, error) {
	var cut map[string]any
	text, err := json.Marshal(spec.document)
	if err != nil {
		return "", err
	}
	if err := json.Unmarshal(text, &cut); err != nil {
		return "", err
	}
	for _, item := range at(cut, "paths") {
		for _, operation := range asMap(item) {
			if responses := at(asMap(operation), "responses"); responses != nil {
				for status := range responses {
					responses[status] = map[string]any{"description": "See openapi.yaml."}
				}
			}
		}
	}
	delete(at(cut, "components"), "responses")
	delete(at(cut, "components"), "headers")
	schemas := at(cut, "components", "schemas")
	at(cut, "components")["schemas"] = map[string]any{}
	kept := map[string]any{}
	keepUsed(cut, schemas, kept)
	at(cut, "components")["schemas"] = kept
	text, err = json.Marshal(cut)
	return string(text), err
}

// keepUsed adds the schemas that a value names, directly or through others.
func keepUsed(value any, schemas, kept map[string]any) {
	switch value := value.(type) {
	case []any:
		for _, element := range value {
			keepUsed(element, schemas, kept)
		}
	case map[string]any:
		reference, _ := value["$ref"].(string)
		name := strings.TrimPrefix(reference, "#/components/schemas/")
		if schema, isThere := schemas[name]; isThere && kept[name] == nil {
			kept[name] = schema
			keepUsed(schema, schemas, kept)
		}
		for _, field := range value {
			keepUsed(field, schemas, kept)
		}
	}
}

var group = regexp.MustCompile(`\(\?<([a-z_]+)>[^)]*\)`)

// path makes a valid path of a route's expression, with the examples of parameters.
func (spec *specification) path(expression string) string {
	return group.ReplaceAllStringFunc(bare(expression), func(found string) string {
		name := group.FindStringSubmatch(found)[1]
		for _, parameter := range at(spec.document, "components", "parameters") {
			if fields := asMap(parameter); fields["name"] == name && fields["in"] == "path" {
				example, _ := fields["example"].(string)
				return example
			}
		}
		return "no-example-of-" + name
	})
}

// body is an example of the body of an operation, or nothing.
func (spec *specification) body(method, expression string) string {
	template := group.ReplaceAllString(bare(expression), "{$1}")
	body := at(spec.document, "paths", template, strings.ToLower(method), "requestBody")
	if reference, ok := body["$ref"].(string); ok {
		body = at(spec.document, strings.Split(strings.TrimPrefix(reference, "#/"), "/")...)
	}
	media := at(body, "content", "application/json")
	if example, ok := media["example"]; ok {
		text, _ := json.Marshal(example)
		return string(text)
	}
	for _, example := range asMap(media["examples"]) {
		text, _ := json.Marshal(asMap(example)["value"])
		return string(text)
	}
	return ""
}

// bare is a route's expression without the marks that Kong needs.
func bare(expression string) string {
	return strings.TrimSuffix(strings.TrimPrefix(expression, "~"), "$")
}

func at(document map[string]any, path ...string) map[string]any {
	for _, name := range path {
		document = asMap(document[name])
	}
	return document
}

func asMap(value any) map[string]any {
	fields, _ := value.(map[string]any)
	return fields
}
