package signin

import (
	"errors"
	"io/fs"
	"strings"

	"hatstand/credproc/grant"
)

// A situation is all that the choice of a flow depends on.
type situation struct {
	means
	options Options
	older   bool   // the form of settings without an [sso-session]: AWS gives it the device flow alone
	setting string // sign_in: auto, browser, device
}

// way decides the flow. why is the reason where it is not the browser's, as the rest of a sentence after "since".
func (s situation) way() (flow grant.Flow, why string) {
	o := s.options
	switch {
	case s.older:
		return grant.Device, "the profile has no sso_session"
	case o.Device:
		return grant.Device, "--device was given"
	case o.BrowserFlow, o.CallbackPort != 0, s.setting == "browser":
		return s.insisted()
	case s.setting == "device":
		return grant.Device, "sign_in is device"
	case o.Background:
		return grant.Device, "a program is waiting, which may give up before you have signed in"
	}
	if why := s.noBrowser(); why != "" {
		return grant.Device, why
	}
	return grant.Browser, ""
}

// insisted is the way of a user who wants the browser flow: what this machine looks like does not matter then, but
// there must be something to open the page with, or a terminal to print it on.
func (s situation) insisted() (grant.Flow, string) {
	if s.prints() {
		if s.terminal {
			return grant.Browser, ""
		}
		return grant.Device, "there is no terminal to print the page's address on"
	}
	if s.cannotStart != "" {
		return grant.Device, s.cannotStart
	}
	return grant.Browser, ""
}

// prints reports whether the browser flow's page is printed, to be opened by the person: in another machine's browser,
// for one, whose port leads here.
func (s situation) prints() bool {
	return s.forbidden != "" || s.options.CallbackPort != 0 && s.noBrowser() != ""
}

// A machine is what tells where this program runs.
type machine struct {
	goos     string
	getenv   func(string) string
	readFile func(string) ([]byte, error)
}

// remoteBrowser says why the person's browser may be on another machine, or may not reach 127.0.0.1 of this one; "" if
// there is no such reason.
func (m machine) remoteBrowser() string {
	switch {
	case m.getenv("SSH_CONNECTION") != "" || m.getenv("SSH_TTY") != "":
		return "this is an SSH session"
	case m.getenv("CODESPACES") != "":
		return "this is a GitHub codespace"
	case m.getenv("REMOTE_CONTAINERS") != "":
		return "this is a development container"
	case m.exists("/.dockerenv") || m.exists("/run/.containerenv"):
		return "this is a container"
	case m.isWSL():
		return "this is WSL"
	}
	return ""
}

func (m machine) exists(path string) bool {
	_, err := m.readFile(path)
	return err == nil || !errors.Is(err, fs.ErrNotExist)
}

// isWSL reports whether this is the Windows Subsystem for Linux, whose browser is Windows's.
func (m machine) isWSL() bool {
	if m.goos != "linux" {
		return false
	}
	release, _ := m.readFile("/proc/sys/kernel/osrelease") // without it the variable counts alone
	return m.getenv("WSL_DISTRO_NAME") != "" || strings.Contains(strings.ToLower(string(release)), "microsoft")
}

// noDisplay says why a browser has nowhere to show itself; "" if it has. macOS and Windows have a desktop.
func (m machine) noDisplay() string {
	if m.goos == "darwin" || m.goos == "windows" || m.getenv("DISPLAY") != "" || m.getenv("WAYLAND_DISPLAY") != "" {
		return ""
	}
	return "there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)"
}
