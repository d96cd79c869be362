package console

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/credproc/browser"
	signin "hatstand/credproc/console"
)

// Which browser, from which of the places that may say so.
func TestWhichBrowser(t *testing.T) {
	const all = `[hatstand]
browser = programs
browser_profile = Programs
[profile prod]
role_arn = arn:aws:iam::222222222222:role/Admin
source_profile = me
color = ff0000
[hatstand prod]
browser = "own browser" --new
browser_profile = Own
[profile dev]
[profile me]
`
	ours := func(kv ...string) map[string]string {
		env := map[string]string{}
		for i := 0; i < len(kv); i += 2 {
			env[kv[i]] = kv[i+1]
		}
		return env
	}
	for _, row := range []struct {
		name, config, target string
		env                  map[string]string
		flags                []string
		want                 string
	}{
		{"nothing says so: the desktop's", "[profile prod]\n", "prod", nil, nil, `[] "" profile "" container "" color ""`},
		{"BROWSER", "[profile prod]\n", "prod", ours("BROWSER", "a %s"+string(filepath.ListSeparator)+"b"), nil, `[["a" "%s"] ["b"]] "BROWSER" profile "" container "" color ""`},
		{"the program's setting wins over BROWSER", all, "dev", ours("BROWSER", "a"), nil, `[["programs"]] "~/config:2" profile "Programs" container "" color ""`},
		{"the profile's own wins over the program's", all, "prod", ours("BROWSER", "a"), nil, `[["own browser" "--new"]] "~/config:9" profile "Own" container "" color "ff0000"`},
		{"the environment wins over files", all, "prod", ours("HATSTAND_BROWSER", "env"), nil, `[["env"]] "HATSTAND_BROWSER" profile "Own" container "" color "ff0000"`},
		{"a flag wins over all", all, "prod", ours("HATSTAND_BROWSER", "env", "BROWSER", "a"), []string{"--browser=flag -x"}, `[["flag" "-x"]] "--browser" profile "Own" container "" color "ff0000"`},
		{"each by itself", all, "prod", nil, []string{"--browser-profile=Flag"}, `[["own browser" "--new"]] "~/config:9" profile "Flag" container "" color "ff0000"`},
		{"an empty flag is nothing", all, "prod", nil, []string{"--browser=", "--browser-profile="}, `[] "" profile "" container "" color "ff0000"`},
		{"a role without a profile", all, "222222222222:Admin", nil, nil, `[["programs"]] "~/config:2" profile "Programs" container "" color ""`},
		{"a container of the profile's own", "[profile p]\n[hatstand p]\nbrowser_container = Work\n", "p", nil, nil, `[] "" profile "" container "Work" color ""`},
		{"a container for each", "[hatstand]\nbrowser_containers = True\n[profile p]\ncolor=blue\n", "p", nil, nil, `[] "" profile "" container "p" color "blue"`},
		{"... and one has another", "[hatstand]\nbrowser_containers = true\n[profile p]\nbrowser_container = Work\n", "p", nil, nil, `[] "" profile "" container "Work" color ""`},
		{"... or by a flag none", "[hatstand]\nbrowser_containers = true\n[profile p]\n", "p", nil, []string{"--container="}, `[] "" profile "" container "" color ""`},
		{"none", "[hatstand]\nbrowser_containers = false\n[profile p]\n", "p", nil, nil, `[] "" profile "" container "" color ""`},
		{"neither", "[hatstand]\nbrowser_containers = maybe\n[profile p]\n", "p", nil, nil, `browser_containers (~/config:2): "maybe" is neither true nor false`},
		{"a quote that is open", "[profile p]\n", "p", nil, []string{`--browser=firefox "x`}, "--browser: the browser's command has a quote that is not closed"},
		{"... in a file", "[hatstand]\nbrowser = \"x\n[profile p]\n", "p", nil, nil, "~/config:2: the browser's command has a quote that is not closed"},
		{"... in BROWSER", "[profile p]\n", "p", ours("BROWSER", `a:"b`), nil, "BROWSER: the browser's command has a quote that is not closed"},
		{"blanks", "[profile p]\n", "p", nil, []string{"--browser= "}, "--browser: the browser's command has no words"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := browsingApp(t, row.config, row.env)
			var k browserFlags
			f := pflag.NewFlagSet("console", pflag.ContinueOnError)
			k.flags(f)
			if err := f.Parse(row.flags); err != nil {
				t.Fatal(err)
			}
			b, err := v.browser(row.target, &k)
			got := fmt.Sprintf("%q %q profile %q container %q color %q", b.Commands, b.From, b.Profile, b.Container, b.Color)
			if err != nil {
				got = err.Error()
			}
			got = strings.NewReplacer(`~\\`, "~/", `~\`, "~/").Replace(got) // as Windows has it
			if got != row.want {
				t.Errorf("want %s\ngot  %s", row.want, got)
			}
		})
	}
}

// browsingApp is one with this config file alone.
func browsingApp(t *testing.T, config string, env map[string]string) command {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "config")
	if err := os.WriteFile(path, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	w := app.World{
		Getenv: func(name string) string {
			if v, ok := env[name]; ok {
				return v
			}
			return map[string]string{"HOME": dir, "AWS_CONFIG_FILE": path}[name]
		},
		Environ: os.Environ, Now: time.Now, GOOS: runtime.GOOS,
	}
	return command{Deps{World: w, UI: w.Streams(), Settings: app.NewSettings(w), Logs: app.NewLog(w)}}
}

func TestABrowsersErrorNamesTheProfile(t *testing.T) {
	for _, row := range []struct{ browser, want string }{
		{"no-such-browser", `profile "prod": --browser: "no-such-browser" is not installed`},
		{`firefox "x`, `profile "prod": --browser: the browser's command has a quote that is not closed`},
	} {
		var k browserFlags
		f := pflag.NewFlagSet("console", pflag.ContinueOnError)
		k.flags(f)
		if err := f.Set("browser", row.browser); err != nil {
			t.Fatal(err)
		}
		v := browsingApp(t, "[profile prod]\n", nil)
		for what, err := range map[string]error{
			"opened":            v.openInBrowser(t.Context(), signin.URL{}, "prod", &k),
			"checked before it": v.checkBrowser("prod", &k),
		} {
			if got := fmt.Sprint(err); got != row.want {
				t.Errorf("%s: want %s\ngot  %s", what, row.want, got)
			}
		}
	}
}

func TestABrowsersHintsNameTheProfile(t *testing.T) {
	for target, want := range map[string]string{
		"prod":               "hatstand console prod --print",
		"222222222222:Admin": "hatstand console PROFILE --print",
	} {
		err := asOpenError(target, &browser.Error{Kind: browser.NoDisplay})
		if hints := advice.Hints(err); !strings.Contains(strings.Join(hints, "\n"), want) {
			t.Errorf("%v: no %q in %q", err, want, hints)
		}
	}
}
