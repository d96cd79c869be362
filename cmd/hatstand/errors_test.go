package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hatstand/cmd/internal/testkit"
)

// Every package with a type of error is in a table of testkit.CheckErrors, its own or advice's: an error that nobody gave
// an exit code would get 1 by accident.
func TestEveryPackagesErrorsAreChecked(t *testing.T) {
	t.Parallel()
	const root = "../.."
	checked, declares := map[string]bool{}, map[string][]string{}
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.IsDir() {
			if d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".git") {
				return filepath.SkipDir
			}
			types, err := testkit.ErrorTypes(name)
			if len(types) > 0 {
				declares[name] = types
			}
			return err
		}
		if strings.HasSuffix(name, "_test.go") {
			folders, err := checkedFolders(name)
			for _, folder := range folders {
				checked[path.Join(path.Dir(name), folder)] = true
			}
			return err
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(declares) < 20 || len(checked) < 20 {
		t.Fatalf("the search finds %d packages with errors, and tests of %d", len(declares), len(checked))
	}
	for folder, types := range declares {
		if !checked[folder] {
			t.Errorf("%s declares %s: no testkit.CheckErrors names it (cmd/internal/advice/advice_test.go has the libraries)",
				strings.TrimPrefix(folder, root+"/"), strings.Join(types, ", "))
		}
	}
}

// checkedFolders are the folders that a test gives to testkit.CheckErrors, which are its last arguments.
func checkedFolders(file string) (folders []string, err error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	ast.Inspect(parsed, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if f, ok := call.Fun.(*ast.SelectorExpr); !ok || f.Sel.Name != "CheckErrors" {
			return true
		}
		for _, arg := range slices.Backward(call.Args) {
			text, ok := arg.(*ast.BasicLit)
			if !ok {
				break
			}
			folder, failed := strconv.Unquote(text.Value)
			if failed != nil {
				err = failed
			}
			folders = append(folders, folder)
		}
		return true
	})
	return folders, err
}
