package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A new kind of sign-in is a package that makes its calls, and a row in the table of profiles/internal/chain/kind.go.
// Each other file that names a kind of sign-in would have to be found and changed too, so each has a reason here. What
// can be said of every kind is a fact in that table.
func TestKindsOfSignInsAreNamedWhereTheyDiffer(t *testing.T) {
	reasons := map[string]string{
		"cmd/internal/provider/grants.go":     "makes the client of each kind",
		"cmd/internal/provider/saml.go":       "makes the plan that only signs in",
		"credproc/exchange.go":                "makes the first step of each kind",
		"credproc/resolve/base.go":            "gets the credentials that no step gives",
		"credproc/grant/shared.go":            "the AWS CLI has two kinds of files",
		"cmd/internal/signin/signin.go":       "[hatstand-session] is about an [sso-session]",
		"cmd/internal/advice/sts.go":          "a refused token: the provider is in the config file, or the token's file is",
		"cmd/internal/advice/grant.go":        "the console's sign-in has no name",
		"cmd/internal/verb/explain/words.go":  "the console's credentials last 15 minutes",
		"cmd/internal/verb/profiles/adopt.go": "the settings by which the SDKs find credentials themselves",
	}
	kinds := []string{"SSO", "OIDC", "SAML", "LoginSession"}
	root := filepath.Join("..", "..")
	named := map[string]bool{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "testdata" || d.Name() == "granttest" || strings.HasPrefix(d.Name(), ".") && path != root):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if s, ok := n.(*ast.SelectorExpr); ok && slices.Contains(kinds, s.Sel.Name) {
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "profiles" {
					of, _ := filepath.Rel(root, path)
					named[filepath.ToSlash(of)] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for file := range named {
		if reasons[file] == "" {
			t.Errorf("%s names a kind of sign-in: can it be a fact in profiles/internal/chain/kind.go?", file)
		}
	}
	for file := range reasons {
		if !named[file] {
			t.Errorf("%s names no kind of sign-in: it needs no reason", file)
		}
	}
}
