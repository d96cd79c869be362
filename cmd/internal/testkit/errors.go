package testkit

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// An ErrorRow is an error and the exit code that it stands for.
type ErrorRow struct {
	Name string
	Err  error
	Code int
}

// CheckErrors checks the exit code of each row and the form of what is printed, and that each type of error that
// the package in a folder declares has a row: one that nobody gave an exit code would get 1 by accident. Inner are
// types that are never printed as they are. Report is ui.Report, which this package cannot import.
func CheckErrors(t *testing.T, report func(io.Writer, error) int, rows []ErrorRow, inner []string, folders ...string) {
	line := regexp.MustCompile(`^hatstand: (error|hint): [^ ].*[^ ]\n$`)
	known := map[string]bool{}
	for _, name := range inner {
		known[name] = true
	}
	for _, row := range rows {
		known[strings.TrimPrefix(reflect.TypeOf(row.Err).String(), "*")] = true
		t.Run(row.Name, func(t *testing.T) {
			var b bytes.Buffer
			if got := report(&b, row.Err); got != row.Code {
				t.Errorf("want %d, got %d", row.Code, got)
			}
			// Whoever passes an error up may say where it was.
			if got := report(&bytes.Buffer{}, fmt.Errorf("profile \"prod\": %w", row.Err)); got != row.Code {
				t.Errorf("wrapped: want %d, got %d", row.Code, got)
			}
			for i, l := range slices.Collect(strings.Lines(b.String())) {
				m := line.FindStringSubmatch(l)
				if m == nil || i == 0 && m[1] != "error" {
					t.Errorf("line %d: %q", i, l)
				}
				if strings.Contains(l, "%!") {
					t.Errorf("a broken format: %q", l)
				}
			}
			if b.Len() == 0 {
				t.Error("nothing was printed")
			}
		})
	}
	var all []string
	for _, folder := range folders {
		types, err := ErrorTypes(folder)
		if err != nil || len(types) == 0 {
			t.Errorf("%s: no type of error was found: %v", folder, err)
		}
		all = append(all, types...)
		for _, name := range types {
			if !known[name] {
				t.Errorf("%s has no row in the table", name)
			}
		}
	}
	for _, name := range inner {
		if !slices.Contains(all, name) {
			t.Errorf("%s is no type of error any more", name)
		}
	}
}

// ErrorTypes are the types that are errors which a folder's package declares, with the package's name, sorted.
func ErrorTypes(folder string) (types []string, err error) {
	files, err := filepath.Glob(filepath.Join(filepath.FromSlash(folder), "*.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || f.Name.Name != "Error" || f.Type.Params.NumFields() > 0 {
				continue
			}
			receiver := f.Recv.List[0].Type
			if pointer, ok := receiver.(*ast.StarExpr); ok {
				receiver = pointer.X
			}
			if name, ok := receiver.(*ast.Ident); ok {
				types = append(types, parsed.Name.Name+"."+name.Name)
			}
		}
	}
	slices.Sort(types)
	return types, nil
}
