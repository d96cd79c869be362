package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestNamedTestsExist reads the documents that say where something is tested.
func TestNamedTestsExist(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && d.Name() == ".git" {
			return filepath.SkipDir
		}
		switch {
		case strings.HasSuffix(path, ".txtar"):
			there[strings.TrimSuffix(d.Name(), ".txtar")] = true
		case strings.HasSuffix(path, "_test.go"):
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			for _, m := range function.FindAllSubmatch(text, -1) {
				there[string(m[1])] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
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
