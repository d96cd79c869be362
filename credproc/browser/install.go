package browser

import (
	"path/filepath"
	"strings"
)

// familyOf tells what a command line starts. Flatpak's programs are named by their application.
func familyOf(words []string) family {
	if baseName(words[0]) == "flatpak" {
		for _, w := range words[1:] {
			switch w {
			case "com.google.Chrome", "org.chromium.Chromium", "com.microsoft.Edge", "com.brave.Browser":
				return chromiumFamily
			case "org.mozilla.firefox":
				return firefoxFamily
			}
		}
		return otherFamily
	}
	name := strings.ToLower(baseName(words[0]))
	for _, prefix := range []string{"chrome", "google-chrome", "google chrome", "chromium", "edge", "msedge",
		"microsoft-edge", "microsoft edge", "brave"} {
		if strings.HasPrefix(name, prefix) {
			return chromiumFamily
		}
	}
	if strings.HasPrefix(name, "firefox") {
		return firefoxFamily
	}
	return otherFamily
}

// baseName is a program's name without its folder and ".exe", on any system.
func baseName(path string) string {
	name := path[strings.LastIndexAny(path, `/\`)+1:]
	if n := len(name) - len(".exe"); n > 0 && strings.EqualFold(name[n:], ".exe") {
		name = name[:n]
	}
	return name
}

// locate finds a program: on PATH, or where browsers of that name are put.
func (m machine) locate(name string, env []string) (string, bool) {
	for _, candidate := range append([]string{name}, locations(name, m.goos, env)...) {
		if path, err := m.lookPath(candidate); err == nil {
			if absolute, err := filepath.Abs(path); err == nil {
				return absolute, true
			}
		}
	}
	return "", false
}

// locations are where a browser with one of the five names may be.
func locations(name, goos string, env []string) []string {
	switch goos {
	case "windows":
		return windowsLocations(name, env)
	case "darwin":
		return darwinLocations(name, env)
	}
	switch name {
	case "chrome":
		return []string{"google-chrome", "google-chrome-stable"}
	case "chromium":
		return []string{"chromium-browser"}
	case "edge":
		return []string{"microsoft-edge", "microsoft-edge-stable"}
	case "brave":
		return []string{"brave-browser", "brave-browser-stable"}
	case "firefox":
		return []string{"firefox-esr"}
	}
	return nil
}

func darwinLocations(name string, env []string) []string {
	inside := map[string]string{
		"chrome":   "Google Chrome.app/Contents/MacOS/Google Chrome",
		"chromium": "Chromium.app/Contents/MacOS/Chromium",
		"edge":     "Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
		"brave":    "Brave Browser.app/Contents/MacOS/Brave Browser",
		"firefox":  "Firefox.app/Contents/MacOS/firefox",
	}[name]
	if inside == "" {
		return nil
	}
	all := []string{"/Applications/" + inside}
	if home := variable(env, "HOME"); home != "" {
		all = append(all, home+"/Applications/"+inside)
	}
	return all
}

func windowsLocations(name string, env []string) (all []string) {
	inside := map[string]string{
		"chrome":   `Google\Chrome\Application\chrome.exe`,
		"chromium": `Chromium\Application\chrome.exe`,
		"edge":     `Microsoft\Edge\Application\msedge.exe`,
		"brave":    `BraveSoftware\Brave-Browser\Application\brave.exe`,
		"firefox":  `Mozilla Firefox\firefox.exe`,
	}[name]
	if inside == "" {
		return nil
	}
	for _, folder := range []string{"ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"} {
		if dir := variable(env, folder); dir != "" {
			all = append(all, dir+`\`+inside)
		}
	}
	return all
}
