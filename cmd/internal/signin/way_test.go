package signin

import (
	"io/fs"
	"testing"

	"hatstand/credproc/grant"
)

func TestWay(t *testing.T) {
	const ssh = "this is an SSH session"
	here := means{terminal: true}
	for _, tt := range []struct {
		name string
		s    situation
		flow grant.Flow
		why  string
	}{
		{"a browser of this machine", situation{means: here, setting: "auto"}, grant.Browser, ""},
		{"no terminal is needed for it", situation{setting: "auto"}, grant.Browser, ""},
		{"the older form has one flow", situation{means: here, older: true, setting: "browser", options: Options{BrowserFlow: true}}, grant.Device, "the profile has no sso_session"},
		{"--device wins over the setting", situation{means: here, setting: "browser", options: Options{Device: true}}, grant.Device, "--device was given"},
		{"--browser-flow wins over the setting", situation{means: here, setting: "device", options: Options{BrowserFlow: true}}, grant.Browser, ""},
		{"--browser-flow wins over the machine", situation{means: means{terminal: true, remoteBrowser: ssh, noDisplay: "no display"}, setting: "auto", options: Options{BrowserFlow: true}}, grant.Browser, ""},
		{"... but something must start a browser", situation{means: means{terminal: true, remoteBrowser: ssh, cannotStart: "none is installed"}, setting: "auto", options: Options{BrowserFlow: true}}, grant.Device, "none is installed"},
		{"--browser-flow --no-browser prints", situation{means: means{terminal: true, forbidden: "--no-browser was given"}, setting: "auto", options: Options{BrowserFlow: true, NoBrowser: true}}, grant.Browser, ""},
		{"... which takes a terminal", situation{means: means{forbidden: "--no-browser was given"}, setting: "auto", options: Options{BrowserFlow: true, NoBrowser: true}}, grant.Device, "there is no terminal to print the page's address on"},
		{"--callback-port is for the browser flow", situation{means: here, setting: "device", options: Options{CallbackPort: 8400}}, grant.Browser, ""},
		{"--callback-port prints in an SSH session", situation{means: means{terminal: true, remoteBrowser: ssh, cannotStart: "no display"}, setting: "auto", options: Options{CallbackPort: 8400}}, grant.Browser, ""},
		{"--device wins over --callback-port", situation{means: here, setting: "auto", options: Options{Device: true, CallbackPort: 8400}}, grant.Device, "--device was given"},
		{"sign_in = browser", situation{means: means{terminal: true, remoteBrowser: ssh}, setting: "browser"}, grant.Browser, ""},
		{"sign_in = browser where none can be started", situation{means: means{terminal: true, cannotStart: "none is installed"}, setting: "browser"}, grant.Device, "none is installed"},
		{"sign_in = device", situation{means: here, setting: "device"}, grant.Device, "sign_in is device"},
		{"a program waits", situation{means: here, setting: "auto", options: Options{Background: true}}, grant.Device, "a program is waiting, which may give up before you have signed in"},
		{"a program waits, and sign_in = browser", situation{means: here, setting: "browser", options: Options{Background: true}}, grant.Browser, ""},
		{"--no-browser", situation{means: means{terminal: true, forbidden: "--no-browser was given"}, setting: "auto", options: Options{NoBrowser: true}}, grant.Device, "--no-browser was given"},
		{"HATSTAND_PROMPT=terminal", situation{means: means{terminal: true, forbidden: "HATSTAND_PROMPT is terminal"}, setting: "auto"}, grant.Device, "HATSTAND_PROMPT is terminal"},
		{"an SSH session", situation{means: means{terminal: true, remoteBrowser: ssh}, setting: "auto"}, grant.Device, ssh},
		{"no display", situation{means: means{terminal: true, noDisplay: "there is no display"}, setting: "auto"}, grant.Device, "there is no display"},
		{"no browser", situation{means: means{terminal: true, cannotStart: `no browser: "xdg-open" is not installed`}, setting: "auto"}, grant.Device, `no browser: "xdg-open" is not installed`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if flow, why := tt.s.way(); flow != tt.flow || why != tt.why {
				t.Errorf("got %s, %q; want %s, %q", flow, why, tt.flow, tt.why)
			}
		})
	}
}

func TestMachine(t *testing.T) {
	const noDisplay = "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
	for _, tt := range []struct {
		name, goos               string
		env                      map[string]string
		files                    map[string]string
		remoteBrowser, noDisplay string
	}{
		{"a desktop", "linux", map[string]string{"DISPLAY": ":0"}, nil, "", ""},
		{"Wayland", "linux", map[string]string{"WAYLAND_DISPLAY": "wayland-0"}, nil, "", ""},
		{"a console", "linux", nil, nil, "", noDisplay},
		{"FreeBSD", "freebsd", nil, nil, "", noDisplay},
		{"macOS", "darwin", nil, nil, "", ""},
		{"Windows", "windows", nil, nil, "", ""},
		{"SSH, to a Mac", "darwin", map[string]string{"SSH_CONNECTION": "a b c d"}, nil, "this is an SSH session", ""},
		{"SSH, with X11", "linux", map[string]string{"SSH_TTY": "/dev/pts/1", "DISPLAY": "localhost:10"}, nil, "this is an SSH session", ""},
		{"Docker", "linux", map[string]string{"DISPLAY": ":0"}, map[string]string{"/.dockerenv": ""}, "this is a container", ""},
		{"Podman", "linux", nil, map[string]string{"/run/.containerenv": "engine=\"podman\"\n"}, "this is a container", noDisplay},
		{"a codespace", "linux", map[string]string{"CODESPACES": "true"}, nil, "this is a GitHub codespace", noDisplay},
		{"a development container", "linux", map[string]string{"REMOTE_CONTAINERS": "true"}, map[string]string{"/.dockerenv": ""}, "this is a development container", noDisplay},
		{"WSL", "linux", map[string]string{"WSL_DISTRO_NAME": "Debian", "WAYLAND_DISPLAY": "wayland-0"}, nil, "this is WSL", ""},
		{"WSL under sudo", "linux", map[string]string{"DISPLAY": ":0"}, map[string]string{"/proc/sys/kernel/osrelease": "5.15.90.1-microsoft-standard-WSL2\n"}, "this is WSL", ""},
		{"WSL 1", "linux", map[string]string{"DISPLAY": ":0"}, map[string]string{"/proc/sys/kernel/osrelease": "4.4.0-19041-Microsoft\n"}, "this is WSL", ""},
		{"a kernel of one's own", "linux", map[string]string{"DISPLAY": ":0"}, map[string]string{"/proc/sys/kernel/osrelease": "6.1.0-18-amd64\n"}, "", ""},
		{"Windows with WSL's variable", "windows", map[string]string{"WSL_DISTRO_NAME": "Debian"}, nil, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := machine{tt.goos, func(name string) string { return tt.env[name] }, func(path string) ([]byte, error) {
				if text, ok := tt.files[path]; ok {
					return []byte(text), nil
				}
				return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrNotExist}
			}}
			if got := m.remoteBrowser(); got != tt.remoteBrowser {
				t.Errorf("remoteBrowser: got %q, want %q", got, tt.remoteBrowser)
			}
			if got := m.noDisplay(); got != tt.noDisplay {
				t.Errorf("display: got %q, want %q", got, tt.noDisplay)
			}
		})
	}
	t.Run("a file that may not be read is there", func(t *testing.T) {
		m := machine{"linux", func(string) string { return "" }, func(path string) ([]byte, error) {
			return nil, &fs.PathError{Op: "open", Path: path, Err: fs.ErrPermission}
		}}
		if got := m.remoteBrowser(); got != "this is a container" {
			t.Error(got)
		}
	})
}
