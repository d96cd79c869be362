package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
)

var timeType = reflect.TypeFor[time.Time]()

// A fieldOf a document is one that its Go type has.
type fieldOf struct {
	path     string // "steps[].call"
	words    string // the type, in the words of the page
	optional bool
	of       reflect.Type
}

// fieldsOf are the fields of a value's type, each object's behind the field that has it. A type inside itself is not
// gone into again.
func fieldsOf(value any) []fieldOf {
	t := reflect.TypeOf(value)
	if t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	return fieldsIn(t, "", nil)
}

func fieldsIn(t reflect.Type, prefix string, outer []reflect.Type) (all []fieldOf) {
	outer = append(slices.Clone(outer), t)
	for _, f := range ownFields(t) {
		f.path = prefix + f.path
		inner, path := f.of, f.path+"."
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		if inner.Kind() == reflect.Slice {
			inner, path = inner.Elem(), f.path+"[]."
		}
		if slices.Contains(outer, inner) {
			f.words = "object, as this one"
		}
		all = append(all, f)
		if inner.Kind() == reflect.Struct && inner != timeType && !slices.Contains(outer, inner) {
			all = append(all, fieldsIn(inner, path, outer)...)
		}
	}
	return all
}

// ownFields are those of a struct that encoding/json writes.
func ownFields(t reflect.Type) (all []fieldOf) {
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" {
			continue
		}
		own := fieldOf{path: name, words: inWords(f.Type), of: f.Type, optional: strings.Contains(options, "omit")}
		if f.Type.Kind() == reflect.Pointer && !own.optional {
			own.words += " or `null`"
		}
		all = append(all, own)
	}
	return all
}

func inWords(t reflect.Type) string {
	switch {
	case t == timeType:
		return "time"
	case t.Kind() == reflect.Pointer:
		return inWords(t.Elem())
	case t.Kind() == reflect.Slice:
		return "list of " + inWords(t.Elem()) + "s"
	case t.Kind() == reflect.Map:
		return "object of " + inWords(t.Elem()) + "s"
	case t.Kind() == reflect.Struct:
		return "object"
	case t.Kind() == reflect.Bool:
		return "boolean"
	case t.Kind() == reflect.Float64:
		return "number"
	case t.Kind() == reflect.Int:
		return "whole number"
	case t.Kind() == reflect.String:
		return "string"
	}
	panic("docs/json.md has no words for " + t.String())
}

// faultIn says why a text is not one document of a type; "" if it is.
func faultIn(text string, t reflect.Type) string {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return "it is no JSON: " + err.Error()
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return "there is more than one document"
	}
	return faultOf(value, t, "")
}

var utc = regexp.MustCompile(`^[12]\d{3}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)

// faultOf says why a value is not of a type. at is its path.
func faultOf(value any, t reflect.Type, at string) string {
	not := func(what string) string {
		if at == "" {
			return "it is not " + what
		}
		return at + " is not " + what
	}
	switch words := inWords(t); value := value.(type) {
	case map[string]any:
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		switch t.Kind() {
		case reflect.Map:
			for key, v := range value {
				if fault := faultOf(v, t.Elem(), at+"."+key); fault != "" {
					return fault
				}
			}
			return ""
		case reflect.Struct:
			return faultOfObject(value, t, at)
		}
		return not("a " + words)
	case []any:
		if t.Kind() != reflect.Slice {
			return not("a " + words)
		}
		for _, v := range value {
			if fault := faultOf(v, t.Elem(), at+"[]"); fault != "" {
				return fault
			}
		}
		return ""
	case json.Number:
		if _, err := value.Int64(); words == "whole number" && err != nil || words != "number" && words != "whole number" {
			return not("a " + words)
		}
		return ""
	case string:
		switch {
		case words == "time" && (!utc.MatchString(value)):
			return not("a time in UTC")
		case words != "time" && words != "string":
			return not("a " + words)
		}
		return ""
	case bool:
		if words != "boolean" {
			return not("a " + words)
		}
		return ""
	default: // null
		switch {
		case t.Kind() == reflect.Slice:
			return not("a list")
		case t.Kind() != reflect.Pointer:
			return not("a " + words)
		}
		return ""
	}
}

func faultOfObject(value map[string]any, t reflect.Type, at string) string {
	rest := maps.Clone(value)
	prefix := ""
	if at != "" {
		prefix = at + "."
	}
	for _, f := range ownFields(t) {
		v, there := rest[f.path]
		delete(rest, f.path)
		switch {
		case !there && !f.optional:
			return prefix + f.path + " is missing"
		case there && v == nil && f.optional:
			return fmt.Sprintf("%s%s is null", prefix, f.path)
		case there:
			if fault := faultOf(v, f.of, prefix+f.path); fault != "" {
				return fault
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rest)) {
		return prefix + name + " is not documented"
	}
	return ""
}
