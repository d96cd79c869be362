package main

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestNamedTestsExist reads the documents that say where something is tested.
func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for _, names := range testsByFolder(t) {
		for _, name := range names {
			there[name] = true
		}
	}
	name := regexp.MustCompile("`((?:Test|Fuzz|Benchmark)\\w+)`")
	rows := 0
	for _, file := range []string{"threats.md", "pitfalls.md"} {
		text, err := os.ReadFile("../../docs/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range name.FindAllSubmatch(text, -1) {
			if !there[string(m[1])] {
				t.Errorf("%s names %s, which is not there", file, m[1])
			}
		}
		// In a table whose last column says where, each word in a cell's backquotes is a test or a story.
		tested := false
		for line := range strings.Lines(string(text)) {
			line = strings.TrimSpace(line)
			cells := strings.Split(strings.Trim(line, "|"), "|")
			last := cells[len(cells)-1]
			switch {
			case !strings.HasPrefix(line, "|"):
				tested = false
			case strings.TrimSpace(last) == "stories and tests":
				tested = true
			case !tested && file == "pitfalls.md":
				t.Errorf("a table that names no tests begins with %s", line)
			case tested && !strings.HasPrefix(line, "|---"):
				rows++
				names := regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(last, -1)
				if len(names) == 0 {
					t.Errorf("%s: no test is named: %s", file, line)
				}
				for _, m := range names {
					if !there[m[1]] {
						t.Errorf("%s names %s, which is not there", file, m[1])
					}
				}
			}
		}
	}
	if rows < 10 {
		t.Errorf("only %d rows were read", rows)
	}
}

// testsByFolder is the name of every test, fuzz test, benchmark and story, by the folder it is in: "cmd/hatstand".
func testsByFolder(t *testing.T) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == ".git" {
			return fs.SkipDir
		}
		folder := path.Dir(file)
		switch {
		case strings.HasSuffix(file, ".txtar"):
			all[folder] = append(all[folder], strings.TrimSuffix(d.Name(), ".txtar"))
		case strings.HasSuffix(file, "_test.go"):
			text, err := fs.ReadFile(root, file)
			if err != nil {
				return err
			}
			for _, m := range function.FindAllSubmatch(text, -1) {
				all[folder] = append(all[folder], string(m[1]))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestDocumentedTestCommands reads each "go test PACKAGE -run X -bench Y" of the documents: the package is there, and
// every alternative of X and Y selects a test of it. A lone - selects none, on purpose.
func TestDocumentedTestCommands(t *testing.T) {
	t.Parallel()
	tests := testsByFolder(t)
	command := regexp.MustCompile("(?m)^.*?(go test \\./[^`\n]*?)(?: +#.*|`.*)?$")
	option := regexp.MustCompile(`-(run|bench) ('[^']*'|\S+)`)
	commands := map[string]int{}
	for _, file := range []string{"README.md", "CONTRIBUTING.md", "docs/performance.md", "docs/architecture.md"} {
		text, err := os.ReadFile("../../" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range command.FindAllStringSubmatch(string(text), -1) {
			commands[file]++
			folder, everything := strings.CutSuffix(strings.TrimPrefix(strings.Fields(m[1])[2], "./"), "/...")
			names := slices.Clone(tests[folder])
			for other, more := range tests {
				if everything && (folder == "..." || strings.HasPrefix(other, folder+"/")) {
					names = append(names, more...)
				}
			}
			if len(names) == 0 && folder != "..." {
				t.Errorf("%s: %s: there are no tests in %s", file, m[1], folder)
			}
			for _, o := range option.FindAllStringSubmatch(m[1], -1) {
				pattern := strings.Trim(o[2], "'")
				if pattern == "-" {
					continue
				}
				prefix := map[string]string{"run": "Test", "bench": "Benchmark"}[o[1]]
				pattern, _, _ = strings.Cut(pattern, "/") // what follows names a part of the test
				alternatives := []string{pattern}
				if !strings.ContainsAny(pattern, "()") {
					alternatives = strings.Split(pattern, "|")
				}
				for _, a := range alternatives {
					selects := regexp.MustCompile(a)
					if !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, prefix) && selects.MatchString(n) }) {
						t.Errorf("%s: %s: %s selects nothing", file, m[1], a)
					}
				}
			}
		}
	}
	if commands["docs/performance.md"] != 7 || commands["CONTRIBUTING.md"] < 2 {
		t.Errorf("these commands were read: %v", commands)
	}
}

// Each module that go.mod requires stands in docs/architecture.md, with what it is for.
func TestEachModuleIsDocumented(t *testing.T) {
	t.Parallel()
	read := func(path string) string {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	_, section, found := strings.Cut(read("../../docs/architecture.md"), "\n## Dependencies\n")
	if !found {
		t.Fatal("no section")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	parts := regexp.MustCompile("^(?:internal|feature|service/internal)/") // of the SDK, which come with it
	modules := regexp.MustCompile(`(?m)^\t(\S+) v\S+`).FindAllStringSubmatch(read("../../go.mod"), -1)
	if len(modules) < 20 {
		t.Fatalf("%d modules", len(modules))
	}
	for _, m := range modules {
		path := regexp.MustCompile(`/v\d+$`).ReplaceAllString(m[1], "")
		if parts.MatchString(strings.TrimPrefix(path, "github.com/aws/aws-sdk-go-v2/")) {
			continue
		}
		name := regexp.QuoteMeta(path[strings.LastIndex(path, "/")+1:])
		if !regexp.MustCompile(`(?m)(^|[ /{])` + name + "([ ,/}`]|$)").MatchString(section) {
			t.Errorf("%s is not in the table of dependencies", m[1])
		}
	}
}
