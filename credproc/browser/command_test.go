package browser

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const oneTime = "http://127.0.0.1:49152/ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// installed finds the programs that it was given, as exec.LookPath does.
func installed(programs ...string) func(string) (string, error) {
	return func(name string) (string, error) {
		for _, p := range programs {
			if p == name || baseName(p) == name {
				return p, nil
			}
		}
		return "", &exec.Error{Name: name, Err: exec.ErrNotFound}
	}
}

// commandLines is what would be run, one a line, or the error.
func commandLines(b Launcher, goos string, programs ...string) string {
	lines, err := b.lines(machine{goos, installed(programs...), func(path string) ([]byte, error) {
		if path != "/home/a/.config/google-chrome/Local State" {
			return nil, fs.ErrNotExist
		}
		return []byte(`{"profile":{"info_cache":{"Default":{"name":"Me"},"Profile 2":{"name":"Work"},"Profile 3":{"name":"Twice"},"Profile 4":{"name":"Twice"},"Me too":{"name":"a/b"}}}}`), nil
	}})
	if err != nil {
		return err.Error()
	}
	var all []string
	for _, l := range lines {
		all = append(all, strings.Join(l.arguments(oneTime), " | "))
	}
	return strings.Join(all, "\n")
}

func words(s string) [][]string { return [][]string{strings.Fields(s)} }

func TestTheCommandLine(t *testing.T) {
	if filepath.Separator != '/' {
		t.Skip("the paths are those of Unix, or stay as they are")
	}
	display := []string{"DISPLAY=:0"}
	const c = "/usr/bin/"
	for _, row := range []struct {
		name string
		goos string
		b    Launcher
		on   []string // programs
		want string
	}{
		{"the desktop's own, on Linux", "linux", Launcher{Env: display}, []string{c + "xdg-open"}, c + "xdg-open | " + oneTime},
		{"... under Wayland", "linux", Launcher{Env: []string{"WAYLAND_DISPLAY=wayland-0"}}, []string{c + "xdg-open"}, c + "xdg-open | " + oneTime},
		{"... on FreeBSD", "freebsd", Launcher{Env: display}, []string{"/usr/local/bin/xdg-open"}, "/usr/local/bin/xdg-open | " + oneTime},
		{"... on macOS, which has no such variables", "darwin", Launcher{}, []string{c + "open"}, c + "open | " + oneTime},
		{"... on Windows", "windows", Launcher{}, []string{`C:\Windows\System32\rundll32.exe`}, `C:\Windows\System32\rundll32.exe | url.dll,FileProtocolHandler | ` + oneTime},
		{"... without a display", "linux", Launcher{}, []string{c + "xdg-open"}, "no display for a browser: neither DISPLAY nor WAYLAND_DISPLAY is set"},
		{"... over SSH", "linux", Launcher{Env: []string{"SSH_CONNECTION=::1 1 ::1 22"}}, []string{c + "xdg-open"}, "no display for a browser: this is an SSH session, and neither DISPLAY nor WAYLAND_DISPLAY is set"},
		{"... over SSH with X11 forwarded", "linux", Launcher{Env: []string{"SSH_CONNECTION=::1 1 ::1 22", "DISPLAY=localhost:10.0"}}, []string{c + "xdg-open"}, c + "xdg-open | " + oneTime},
		{"... that is not there", "linux", Launcher{Env: display}, nil, `no browser: "xdg-open" is not installed`},

		{"one that is named", "linux", Launcher{Commands: words("w3m")}, []string{c + "w3m"}, c + "w3m | " + oneTime},
		{"its options come first", "linux", Launcher{Commands: words("w3m -config x")}, []string{c + "w3m"}, c + "w3m | -config | x | " + oneTime},
		{"the address where it is wanted", "linux", Launcher{Commands: words("w3m %s -cols 80")}, []string{c + "w3m"}, c + "w3m | " + oneTime + " | -cols | 80"},
		{"... within a word", "linux", Launcher{Commands: words("w3m --url=%s")}, []string{c + "w3m"}, c + "w3m | --url=" + oneTime},
		{"... twice", "linux", Launcher{Commands: words("w3m %s %s")}, []string{c + "w3m"}, c + "w3m | " + oneTime + " | " + oneTime},
		{"a percent sign is one", "linux", Launcher{Commands: words("w3m 100% %d")}, []string{c + "w3m"}, c + "w3m | 100% | %d | " + oneTime},
		{"words stay words", "linux", Launcher{Commands: [][]string{{"w3m", "a b", "$(x)", ";"}}}, []string{c + "w3m"}, c + "w3m | a b | $(x) | ; | " + oneTime},
		{"those that are there, in order", "linux", Launcher{Commands: [][]string{{"x"}, {"links"}, {"w3m", "%s"}}}, []string{c + "w3m", c + "links"}, c + "links | " + oneTime + "\n" + c + "w3m | " + oneTime},
		{"one that is not there", "linux", Launcher{Commands: words("x"), From: "--browser"}, nil, `--browser: "x" is not installed`},
		{"none of several is there", "linux", Launcher{Commands: [][]string{{"x"}, {"y"}}, From: "BROWSER"}, nil, `BROWSER: none of "x", "y" is installed`},
		{"only empty names", "linux", Launcher{Commands: [][]string{{}}, From: "BROWSER"}, nil, "BROWSER: it names none"},
		{"no display is asked for where a browser is named", "linux", Launcher{Commands: words("w3m"), Env: []string{"SSH_CONNECTION=x"}}, []string{c + "w3m"}, c + "w3m | " + oneTime},

		{"Chrome on Linux", "linux", Launcher{Commands: words("chrome")}, []string{c + "google-chrome"}, c + "google-chrome | " + oneTime},
		{"Chromium of another name", "linux", Launcher{Commands: words("chromium")}, []string{c + "chromium-browser"}, c + "chromium-browser | " + oneTime},
		{"Edge on Linux", "linux", Launcher{Commands: words("edge")}, []string{c + "microsoft-edge-stable"}, c + "microsoft-edge-stable | " + oneTime},
		{"Brave on Linux", "linux", Launcher{Commands: words("brave")}, []string{c + "brave-browser"}, c + "brave-browser | " + oneTime},
		{"Firefox on Debian", "linux", Launcher{Commands: words("firefox")}, []string{c + "firefox-esr"}, c + "firefox-esr | " + oneTime},
		{"Chrome on macOS", "darwin", Launcher{Commands: words("chrome")}, []string{"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"}, "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome | " + oneTime},
		{"Edge in one's own folder", "darwin", Launcher{Commands: words("edge"), Env: []string{"HOME=/Users/a"}}, []string{"/Users/a/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge"},
			"/Users/a/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge | " + oneTime},
		{"no browser of the five", "darwin", Launcher{Commands: words("opera"), From: "x:1"}, nil, `x:1: "opera" is not installed`},

		{"a profile of Chrome", "linux", Launcher{Commands: words("chrome --new-window"), Profile: "Profile 2"}, []string{c + "google-chrome"}, c + "google-chrome | --new-window | --profile-directory=Profile 2 | " + oneTime},
		{"... by the name that Chrome shows", "linux", Launcher{Commands: words("chrome"), Profile: "Work", Env: []string{"HOME=/home/a"}}, []string{c + "google-chrome"}, c + "google-chrome | --profile-directory=Profile 2 | " + oneTime},
		{"... which is no folder's", "linux", Launcher{Commands: words("chrome"), Profile: "a/b", Env: []string{"XDG_CONFIG_HOME=/home/a/.config"}}, []string{c + "google-chrome"}, c + "google-chrome | --profile-directory=Me too | " + oneTime},
		{"... by its folder", "linux", Launcher{Commands: words("chrome"), Profile: "Profile 2", Env: []string{"HOME=/home/a"}}, []string{c + "google-chrome"}, c + "google-chrome | --profile-directory=Profile 2 | " + oneTime},
		{"... that is to be made", "linux", Launcher{Commands: words("chrome"), Profile: "New", Env: []string{"HOME=/home/a"}}, []string{c + "google-chrome"}, c + "google-chrome | --profile-directory=New | " + oneTime},
		{"... of two with the name", "linux", Launcher{Commands: words("chrome"), Profile: "Twice", Env: []string{"HOME=/home/a"}}, []string{c + "google-chrome"}, `browser profile "Twice": several have this name: Profile 3, Profile 4`},
		{"... of another folder of profiles", "linux", Launcher{Commands: words("chrome --user-data-dir=/x"), Profile: "Work", Env: []string{"HOME=/home/a"}}, []string{c + "google-chrome"}, c + "google-chrome | --user-data-dir=/x | --profile-directory=Work | " + oneTime},
		{"... before the address", "linux", Launcher{Commands: words("chrome --a %s --b"), Profile: "P"}, []string{c + "google-chrome"}, c + "google-chrome | --a | --profile-directory=P | " + oneTime + " | --b"},
		{"... whose name is no place for the address", "linux", Launcher{Commands: words("chrome"), Profile: "100%s"}, []string{c + "google-chrome"}, c + "google-chrome | --profile-directory=100%s | " + oneTime},
		{"... nor is it beside one", "linux", Launcher{Commands: words("chrome --app=%s"), Profile: "%s"}, []string{c + "google-chrome"}, c + "google-chrome | --profile-directory=%s | --app=" + oneTime},
		{"... of Chromium", "linux", Launcher{Commands: words("/opt/x/chromium"), Profile: "P"}, []string{"/opt/x/chromium"}, "/opt/x/chromium | --profile-directory=P | " + oneTime},
		{"... of Edge", "linux", Launcher{Commands: words("edge"), Profile: "P"}, []string{c + "microsoft-edge"}, c + "microsoft-edge | --profile-directory=P | " + oneTime},
		{"... of Brave", "linux", Launcher{Commands: words("brave-browser"), Profile: "P"}, []string{c + "brave-browser"}, c + "brave-browser | --profile-directory=P | " + oneTime},
		{"... on macOS", "darwin", Launcher{Commands: words("chrome"), Profile: "P"}, []string{"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"}, "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome | --profile-directory=P | " + oneTime},
		{"... in Flatpak", "linux", Launcher{Commands: words("flatpak run com.google.Chrome"), Profile: "P"}, []string{c + "flatpak"}, c + "flatpak | run | com.google.Chrome | --profile-directory=P | " + oneTime},
		{"... of what has none", "linux", Launcher{Commands: words("w3m"), Profile: "P"}, []string{c + "w3m"}, `browser profile "P": "w3m" is not known as Chrome, Chromium, Edge or Brave`},
		{"... of Firefox", "linux", Launcher{Commands: words("firefox"), Profile: "P"}, []string{c + "firefox"}, `browser profile "P": "firefox" is not known as Chrome, Chromium, Edge or Brave`},
		{"... of the desktop's own", "linux", Launcher{Profile: "P", Env: display}, []string{c + "xdg-open"}, `browser profile "P": it is not known which browser the desktop would open`},
		{"... that leads elsewhere", "linux", Launcher{Commands: words("chrome"), Profile: "../P"}, []string{c + "google-chrome"}, `browser profile "../P": there is none, and none can have this name`},
		{"... that is the folder above", "linux", Launcher{Commands: words("chrome"), Profile: ".."}, []string{c + "google-chrome"}, `browser profile "..": there is none, and none can have this name`},

		{"a container of Firefox", "linux", Launcher{Commands: words("firefox"), Container: "prod", Color: "red"}, []string{c + "firefox"},
			c + "firefox | ext+container:name=prod&url=http%3A%2F%2F127.0.0.1%3A49152%2FABCDEFGHIJKLMNOPQRSTUVWXYZ&color=red&icon=fingerprint"},
		{"... where the address is wanted", "linux", Launcher{Commands: words("firefox --new-tab %s"), Container: "prod"}, []string{c + "firefox"},
			c + "firefox | --new-tab | ext+container:name=prod&url=http%3A%2F%2F127.0.0.1%3A49152%2FABCDEFGHIJKLMNOPQRSTUVWXYZ&icon=fingerprint"},
		{"... whose name is no place for the address", "linux", Launcher{Commands: words("firefox --new-tab %s"), Container: "100%s"}, []string{c + "firefox"},
			c + "firefox | --new-tab | ext+container:name=100%25s&url=http%3A%2F%2F127.0.0.1%3A49152%2FABCDEFGHIJKLMNOPQRSTUVWXYZ&icon=fingerprint"},
		{"... in Flatpak", "linux", Launcher{Commands: words("flatpak run org.mozilla.firefox"), Container: "p"}, []string{c + "flatpak"},
			c + "flatpak | run | org.mozilla.firefox | ext+container:name=p&url=http%3A%2F%2F127.0.0.1%3A49152%2FABCDEFGHIJKLMNOPQRSTUVWXYZ&icon=fingerprint"},
		{"... of Chrome", "linux", Launcher{Commands: words("chrome"), Container: "p"}, []string{c + "google-chrome"}, `container "p": "chrome" is not known as Firefox`},
		{"... of the desktop's own", "linux", Launcher{Container: "p", Env: display}, []string{c + "xdg-open"}, `container "p": it is not known which browser the desktop would open`},
		{"both, and Firefox", "linux", Launcher{Commands: words("firefox"), Container: "p", Profile: "P"}, []string{c + "firefox"},
			c + "firefox | ext+container:name=p&url=http%3A%2F%2F127.0.0.1%3A49152%2FABCDEFGHIJKLMNOPQRSTUVWXYZ&icon=fingerprint"},
		{"both, and Chrome", "linux", Launcher{Commands: words("chrome"), Container: "p", Profile: "P"}, []string{c + "google-chrome"}, c + "google-chrome | --profile-directory=P | " + oneTime},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := commandLines(row.b, row.goos, row.on...); got != row.want {
				t.Errorf("want %s\ngot  %s", row.want, got)
			}
		})
	}
}

func TestWhereWindowsHasItsBrowsers(t *testing.T) {
	env := []string{"programfiles=C:\\Program Files", "ProgramFiles(x86)=C:\\Program Files (x86)", "LOCALAPPDATA=C:\\Users\\a\\AppData\\Local"}
	for name, want := range map[string]string{
		"chrome":   `C:\Program Files\Google\Chrome\Application\chrome.exe`,
		"chromium": `C:\Program Files\Chromium\Application\chrome.exe`,
		"edge":     `C:\Program Files\Microsoft\Edge\Application\msedge.exe`,
		"brave":    `C:\Program Files\BraveSoftware\Brave-Browser\Application\brave.exe`,
		"firefox":  `C:\Program Files\Mozilla Firefox\firefox.exe`,
	} {
		all := locations(name, "windows", env)
		if len(all) != 3 || all[0] != want || !strings.HasPrefix(all[1], `C:\Program Files (x86)\`) || !strings.HasPrefix(all[2], `C:\Users\a\AppData\Local\`) {
			t.Errorf("%s: %q", name, all)
		}
		f := chromiumFamily
		if name == "firefox" {
			f = firefoxFamily
		}
		if got := familyOf(all[:1]); got != f {
			t.Errorf("%s is taken for %d", all[0], got)
		}
	}
	if all := locations("opera", "windows", env); all != nil {
		t.Errorf("opera: %q", all)
	}
}

func TestWhereBrowsersKeepTheNamesOfProfiles(t *testing.T) {
	for _, row := range []struct{ command, goos, env, want string }{
		{"chrome", "linux", "HOME=/h", "/h/.config/google-chrome/Local State"},
		{"/usr/bin/chromium", "linux", "HOME=/h", "/h/.config/chromium/Local State"},
		{"microsoft-edge-stable", "freebsd", "HOME=/h", "/h/.config/microsoft-edge/Local State"},
		{"brave", "linux", "XDG_CONFIG_HOME=/c", "/c/BraveSoftware/Brave-Browser/Local State"},
		{"chrome", "darwin", "HOME=/h", "/h/Library/Application Support/Google/Chrome/Local State"},
		{"/x/Brave", "darwin", "HOME=/h", "/h/Library/Application Support/BraveSoftware/Brave-Browser/Local State"},
		{"edge", "windows", `LOCALAPPDATA=C:\a`, `C:\a\Microsoft\Edge\User Data\Local State`},
		{`C:\x\chrome.exe`, "windows", `LOCALAPPDATA=C:\a`, `C:\a\Google\Chrome\User Data\Local State`},
		{"chrome --user-data-dir=D:", "windows", `LOCALAPPDATA=C:\a`, `D:\Local State`},
		{"chrome", "linux", "", ""},
		{"chrome", "windows", "", ""},
		{"google-chrome-beta", "linux", "HOME=/h", ""},
		{"flatpak run com.google.Chrome", "linux", "HOME=/h", ""},
	} {
		if got := stateFile(strings.Fields(row.command), row.goos, []string{row.env}); got != row.want {
			t.Errorf("%s on %s: want %q, got %q", row.command, row.goos, row.want, got)
		}
	}
}

func TestBROWSER(t *testing.T) {
	fields := func(s string) ([]string, error) {
		if strings.Contains(s, "'") {
			return nil, errors.New("a quote")
		}
		return strings.Fields(s), nil
	}
	for _, row := range []struct{ name, value, goos, want string }{
		{"one", "firefox", "linux", `[["firefox"]] <nil>`},
		{"several, between colons", "x:y -z", "linux", `[["x"] ["y" "-z"]] <nil>`},
		{"with the address", "firefox --new-tab %s", "linux", `[["firefox" "--new-tab" "%s"]] <nil>`},
		{"nothing between colons", ":: x ::", "linux", `[["x"]] <nil>`},
		{"semicolons on Windows", `C:\a.exe;b`, "windows", `[["C:\\a.exe"] ["b"]] <nil>`},
		{"Python's ampersand", "x %s &", "linux", `[["x" "%s"]] <nil>`},
		{"what cannot be taken apart", "x:'", "linux", `[] a quote`},
	} {
		t.Run(row.name, func(t *testing.T) {
			all, err := Alternatives(row.value, row.goos, fields)
			if got := fmt.Sprintf("%q %v", all, err); got != row.want {
				t.Errorf("want %s\ngot  %s", row.want, got)
			}
		})
	}
}

func TestWhatABrowserDoesNotGet(t *testing.T) {
	got := environment([]string{
		"PATH=/bin", "AWS_SECRET_ACCESS_KEY=s", "AWS_SESSION_TOKEN=s", "aws_access_key_id=s", "AWS_CONTAINER_AUTHORIZATION_TOKEN=s", "AWS_BEARER_TOKEN_BEDROCK=s",
		"HATSTAND_FILE_PASSPHRASE=s", "Hatstand_Guard=s", "DISPLAY=:0", "AWSX=1", "BROWSER=AWS_X=1", "=C:=C:\\work",
	})
	if want := []string{"PATH=/bin", "DISPLAY=:0", "AWSX=1", "BROWSER=AWS_X=1", "=C:=C:\\work"}; !slices.Equal(got, want) {
		t.Errorf("want %q\ngot  %q", want, got)
	}
	// os/exec takes nil for all of this process's own.
	if environment([]string{"AWS_PROFILE=x"}) == nil {
		t.Error("nil")
	}
}

func TestTheNearestColour(t *testing.T) {
	for text, want := range map[string]string{
		"red": "red", "Turquoise": "turquoise", "ff0000": "red", "#FF0000": "red", "880000": "red", "ff00ff": "pink", "800080": "pink", "8000ff": "purple",
		"000080": "blue", "0000ff": "blue", "00ffff": "turquoise", "00ff00": "green", "006400": "green", "ffff00": "yellow", "ffa500": "orange",
		// The AWS console's own.
		"f2b0a9": "red", "fbbf93": "orange", "fad791": "yellow", "b7ca9d": "green", "99bce3": "blue",
		// None.
		"": "", "000000": "", "ffffff": "", "808080": "", "fff": "", "ff00000": "", "gg0000": "", "toolbar": "", "-f0000": "", "red&url=x": "",
	} {
		if got := containerColor(text); got != want {
			t.Errorf("%q: want %q, got %q", text, want, got)
		}
	}
}

func TestAContainersNameIsOneParameter(t *testing.T) {
	got := container{name: "a&url=http://evil.example#ü +", color: "blue"}.url("http://x/?a=b&c")
	if want := "ext+container:name=a%26url%3Dhttp%3A%2F%2Fevil.example%23%C3%BC%20%2B&url=http%3A%2F%2Fx%2F%3Fa%3Db%26c&color=blue&icon=fingerprint"; got != want {
		t.Errorf("want %s\ngot  %s", want, got)
	}
}

// Nothing that a user can name makes the address anything else than one word, or part of one.
func FuzzArguments(f *testing.F) {
	f.Add("firefox %s", "Profile 1", "prod", "{")
	f.Add("chrome", "%s", "", "{")
	f.Add("chrome --x=%s%s", "a", "", `{"profile":{"info_cache":{"/":{"name":"a"}}}}`)
	f.Fuzz(func(t *testing.T, command, profile, container, state string) {
		b := Launcher{Commands: words(command), Profile: profile, Container: container}
		lines, err := b.lines(machine{"linux", func(name string) (string, error) {
			if name == "" {
				return "", fs.ErrNotExist
			}
			return "/bin/" + name, nil
		}, func(string) ([]byte, error) { return []byte(state), nil }})
		if err != nil {
			return
		}
		for _, l := range lines {
			args := l.arguments(oneTime)
			if len(args) < 2 || strings.Contains(args[0], oneTime) {
				t.Fatalf("%q", args)
			}
			if !slices.ContainsFunc(args[1:], func(a string) bool { return strings.Contains(a, oneTime) || strings.Contains(a, escape(oneTime)) }) {
				t.Errorf("no address in %q", args)
			}
			if l.option != "" && !slices.Contains(args, l.option) {
				t.Errorf("no %q in %q", l.option, args)
			}
		}
	})
}
