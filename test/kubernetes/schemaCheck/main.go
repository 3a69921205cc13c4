// Says what the API server's own schema code holds against objects, without a server: `schema-check CRD.yaml...` reads a JSON list of objects and
// writes a list of its complaints for each, and null for a kind that none of the files describes.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	structuralschema "k8s.io/apiextensions-apiserver/pkg/apiserver/schema"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel"
	structuraldefaulting "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/listtype"
	structuralpruning "k8s.io/apiextensions-apiserver/pkg/apiserver/schema/pruning"
	"k8s.io/apiextensions-apiserver/pkg/apiserver/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	celconfig "k8s.io/apiserver/pkg/apis/cel"
	"sigs.k8s.io/yaml"
)

// kindSchema is what one CRD says of one version of its kind.
type kindSchema struct {
	structural *structuralschema.Structural
	validator  validation.SchemaValidator
	rules      *cel.Validator
}

func main() {
	schemas := map[string]kindSchema{}
	for _, file := range os.Args[1:] {
		if err := addSchemas(schemas, file); err != nil {
			fail(fmt.Errorf("%s: %w", file, err))
		}
	}
	var objects []map[string]any
	if err := json.NewDecoder(os.Stdin).Decode(&objects); err != nil {
		fail(fmt.Errorf("standard input: is no JSON list of objects: %w", err))
	}
	complaints := make([][]string, len(objects))
	for index, object := range objects {
		if schema, isKnown := schemas[fmt.Sprint(object["apiVersion"], " ", object["kind"])]; isKnown {
			complaints[index] = schema.check(wholeNumbers(object).(map[string]any))
		}
	}
	if err := json.NewEncoder(os.Stdout).Encode(complaints); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func addSchemas(schemas map[string]kindSchema, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var written apiextensionsv1.CustomResourceDefinition
	if err := yaml.UnmarshalStrict(text, &written); err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	install.Install(scheme)
	scheme.Default(&written)
	for _, version := range written.Spec.Versions {
		var internal apiextensions.CustomResourceValidation
		if err := apiextensionsv1.Convert_v1_CustomResourceValidation_To_apiextensions_CustomResourceValidation(version.Schema, &internal, nil); err != nil {
			return err
		}
		structural, err := structuralschema.NewStructural(internal.OpenAPIV3Schema)
		if err != nil {
			return err
		}
		validator, _, err := validation.NewSchemaValidator(internal.OpenAPIV3Schema)
		if err != nil {
			return err
		}
		rules := cel.NewValidator(structural, true, celconfig.PerCallLimit)
		schemas[written.Spec.Group+"/"+version.Name+" "+written.Spec.Names.Kind] = kindSchema{structural, validator, rules}
	}
	return nil
}

// check does what the server does with an object that is made under strict field validation, in its order: unknown fields, defaults, schema, list types, rules.
func (schema kindSchema) check(object map[string]any) []string {
	complaints := []string{}
	options := structuralschema.UnknownFieldPathOptions{TrackUnknownFieldPaths: true}
	for _, path := range structuralpruning.PruneWithOptions(object, schema.structural, true, options) {
		complaints = append(complaints, fmt.Sprintf("unknown field %q", path))
	}
	structuraldefaulting.PruneNonNullableNullsWithoutDefaults(object, schema.structural)
	structuraldefaulting.Default(object, schema.structural)
	problems := validation.ValidateCustomResource(nil, object, schema.validator)
	problems = append(problems, listtype.ValidateListSetsAndMaps(nil, schema.structural, object)...)
	if schema.rules != nil {
		ofRules, _ := schema.rules.Validate(context.Background(), field.NewPath(""), schema.structural, object, nil, celconfig.RuntimeCELCostBudget)
		problems = append(problems, ofRules...)
	}
	for _, problem := range problems {
		complaints = append(complaints, problem.Error())
	}
	return complaints
}

// wholeNumbers turns the numbers that JSON knows into those that the server decodes: integers where there is no fraction.
func wholeNumbers(value any) any {
	switch typed := value.(type) {
	case map[string]any:
		for key, inner := range typed {
			typed[key] = wholeNumbers(inner)
		}
	case []any:
		for index, inner := range typed {
			typed[index] = wholeNumbers(inner)
		}
	case float64:
		if whole := int64(typed); float64(whole) == typed {
			return whole
		}
	}
	return value
}
