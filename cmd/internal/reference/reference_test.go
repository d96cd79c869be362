package reference

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hatstand/profiles/lint"
)

const where = "cmd/internal/reference"

// TestEachSettingIsInTheReference holds the tables of settings to those that profiles/lint knows, both ways.
func TestEachSettingIsInTheReference(t *testing.T) {
	listed := map[string][]string{}
	for _, table := range Settings() {
		for _, r := range table.Rows {
			listed[table.Section] = append(listed[table.Section], r.Name)
		}
	}
	read := lint.SettingsRead()
	for section, keys := range read {
		if section == "hatstand" { // [hatstand NAME] has those of a profile
			section = "profile"
		}
		missing(t, "the setting", keys, listed[section], "a ["+section+" NAME] section")
		unread(t, "the setting", listed[section], keys, "a ["+section+" NAME] section")
	}
	for section := range listed {
		if read[section] == nil && section != "services" && section != Program {
			t.Errorf("%s has a table of [%s NAME], whose settings nobody reads", where, section)
		}
	}
}

// TestEachProgramSettingIsInTheReference finds the settings of [hatstand] where they are looked up, and those of a
// profile that lint does not know.
func TestEachProgramSettingIsInTheReference(t *testing.T) {
	ofProgram := regexp.MustCompile(`(?:[sS]ettings\.Get|\.Program)\((?:set, )?"(\w+)"\)`)
	ofProfile := regexp.MustCompile(`\b(?:p|own|role|w\.base|w\.selected)\.[gG]et\("(\w+)"\)`)
	var settings, keys []string
	for _, text := range sources(t) {
		for _, m := range ofProgram.FindAllStringSubmatch(text, -1) {
			settings = append(settings, m[1])
		}
		for _, m := range ofProfile.FindAllStringSubmatch(text, -1) {
			keys = append(keys, m[1])
		}
	}
	if len(settings) < 5 || len(keys) < 20 {
		t.Fatalf("only %d settings and %d keys were found", len(settings), len(keys))
	}
	var rows, variables []string
	for _, r := range program().Rows {
		rows = append(rows, r.Name)
	}
	for _, table := range Variables() {
		for _, r := range table.Rows {
			variables = append(variables, r.Name)
		}
	}
	missing(t, "the setting", settings, rows, "[hatstand]")
	var asVariables []string
	for _, s := range settings {
		// The environment has no say in these: package signins reads them from the file alone.
		if !slices.Contains([]string{"sso_cache", "sign_in", "browser_container", "browser_containers"}, s) {
			asVariables = append(asVariables, "HATSTAND_"+strings.ToUpper(s))
		}
	}
	missing(t, "the variable", asVariables, variables, "variables")
	known := slices.DeleteFunc(keys, func(k string) bool { return k == "aws_mfa_device" }) // another program's, for keys import
	for _, k := range known {
		if !slices.Contains(lint.SettingsRead()["profile"], k) {
			t.Errorf("the setting %s of a profile is read, and readKeys in profiles/lint/spelling.go does not have it", k)
		}
	}
}

// TestEachVariableIsInTheReference finds the names of variables in the code. One that hatstand only removes from a
// command's environment is not read.
func TestEachVariableIsInTheReference(t *testing.T) {
	removed := []string{"AWS_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SECURITY_TOKEN", "AWS_ACCOUNT_ID",
		"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CREDENTIAL_FILE"}
	ofWindows := regexp.MustCompile(`^HATSTAND_DIALOG_`) // what a window's program is told by
	name := regexp.MustCompile(`^(AWS|HATSTAND)_[A-Z0-9_]*[A-Z0-9]$`)
	found := map[string]bool{}
	for file, text := range sources(t) {
		tree, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && name.MatchString(s) && !ofWindows.MatchString(s) {
					found[s] = true
				}
			}
			return true
		})
	}
	for _, s := range removed {
		if !found[s] {
			t.Errorf("nobody removes %s any more: it need not be named in this test", s)
		}
		delete(found, s)
	}
	var listed []string
	for _, table := range Variables() {
		for _, r := range table.Rows {
			if name.MatchString(r.Name) {
				listed = append(listed, r.Name)
			}
		}
	}
	all := slices.Sorted(maps.Keys(found))
	missing(t, "the variable", all, listed, "variables")
	for _, service := range []string{"sts", "iam", "sso", "sso_oidc", "signin"} { // their names are put together
		all = append(all, "AWS_ENDPOINT_URL_"+strings.ToUpper(service))
	}
	unread(t, "the variable", listed, all, "variables")
}

func TestRowsAreWhole(t *testing.T) {
	for _, table := range append(Settings(), Variables()...) {
		seen := map[string]bool{}
		for _, r := range table.Rows {
			if r.Name == "" || r.Meaning == "" || r.Example == "" || seen[r.Name] {
				t.Errorf("%s: a row lacks something, or stands there twice: %+v", table.Title, r)
			}
			seen[r.Name] = true
		}
	}
	all := append(append(Settings(), Variables()...), Files(), ExitCodes(), Table{Title: "without JSON", Rows: WithoutJSON()})
	for _, o := range Outputs() {
		all = append(all, Table{Title: o.Verb + " " + o.With, Rows: o.Rows})
	}
	for _, table := range all {
		for _, r := range table.Rows {
			if strings.HasSuffix(r.Meaning, ".") || strings.Count(r.Meaning, "`")%2 != 0 || strings.Contains(r.Meaning+r.Default+r.Example, "|") {
				t.Errorf("%s: %s: a full stop at the end, an odd backquote, or a bar: %s", table.Title, r.Name, r.Meaning)
			}
		}
	}
}

// missing tells of names that have no row.
func missing(t *testing.T, kind string, names, listed []string, table string) {
	t.Helper()
	for _, n := range slices.Compact(slices.Sorted(slices.Values(names))) {
		if !slices.Contains(listed, n) {
			t.Errorf("%s %s is read and has no row in %s: add one to the table of %s, then go test ./cmd/hatstand -run 'Man|ConfigPage' -update", kind, n, where, table)
		}
	}
}

// unread tells of rows of what nobody reads.
func unread(t *testing.T, kind string, listed, names []string, table string) {
	t.Helper()
	for _, n := range listed {
		if !slices.Contains(names, n) {
			t.Errorf("%s %s has a row in %s, table of %s, and nobody reads it", kind, n, where, table)
		}
	}
}

// sources are the Go files that are linked into a program for users, by path.
func sources(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	root := os.DirFS("../../..")
	aside := regexp.MustCompile(`^(cmd/internal/(reference|testkit)|credproc/awstest|cmd/internal/verb/demo)$|test$|/testdata$|^\.git$`)
	err := fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && aside.MatchString(file):
			return fs.SkipDir
		case d.IsDir() || path.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(root, file)
		all[file] = string(text)
		return err
	})
	if err != nil || len(all) < 200 {
		t.Fatalf("%d files, %v", len(all), err)
	}
	return all
}
