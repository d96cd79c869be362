package browser

import (
	"encoding/json"
	"slices"
	"strings"
)

// profileFolder is the folder of a browser's profile: people know profiles by the names that the browser shows, and it
// takes only their folders ("Profile 1"): it makes a new profile for any other name. state is the browser's file "Local
// State"; a name that is not in it stays as it is. The error is an *Error: several have the name, or it is no folder's.
func profileFolder(state []byte, name string) (string, error) {
	var known struct {
		Profile struct {
			Cache map[string]struct {
				Name string `json:"name"`
			} `json:"info_cache"`
		} `json:"profile"`
	}
	// A file that is not there or of another form knows none.
	_ = json.Unmarshal(state, &known)
	folder := name
	if _, ok := known.Profile.Cache[name]; !ok {
		var called []string
		for folder, p := range known.Profile.Cache {
			if p.Name == name {
				called = append(called, folder)
			}
		}
		slices.Sort(called)
		switch len(called) {
		case 0:
		case 1:
			folder = called[0]
		default:
			return "", &Error{Kind: UnknownProfile, Subject: profileSubject(name),
				Reason: "several have this name: " + strings.Join(called, ", ")}
		}
	}
	if strings.ContainsAny(folder, `/\`) || folder == "." || folder == ".." {
		return "", &Error{Kind: UnknownProfile, Subject: profileSubject(name),
			Reason: "there is none, and none can have this name"}
	}
	return folder, nil
}

// stateFile is where a browser of the Chromium family keeps the names of its profiles; "" if that
// is not known.
func stateFile(words []string, goos string, env []string) string {
	separator := "/"
	if goos == "windows" {
		separator = `\`
	}
	for _, w := range words {
		if dir, ok := strings.CutPrefix(w, "--user-data-dir="); ok {
			return dir + separator + "Local State"
		}
	}
	var root string
	var folders [4]string
	switch goos {
	case "windows":
		root = variable(env, "LOCALAPPDATA")
		folders = [4]string{`Google\Chrome\User Data`, `Chromium\User Data`, `Microsoft\Edge\User Data`,
			`BraveSoftware\Brave-Browser\User Data`}
	case "darwin":
		if home := variable(env, "HOME"); home != "" {
			root = home + "/Library/Application Support"
		}
		folders = [4]string{"Google/Chrome", "Chromium", "Microsoft Edge", "BraveSoftware/Brave-Browser"}
	default:
		root = variable(env, "XDG_CONFIG_HOME")
		if home := variable(env, "HOME"); root == "" && home != "" {
			root = home + "/.config"
		}
		folders = [4]string{"google-chrome", "chromium", "microsoft-edge", "BraveSoftware/Brave-Browser"}
	}
	folder := ""
	switch strings.ToLower(baseName(words[0])) {
	case "chrome", "google-chrome", "google-chrome-stable", "google chrome":
		folder = folders[0]
	case "chromium", "chromium-browser":
		folder = folders[1]
	case "edge", "msedge", "microsoft-edge", "microsoft-edge-stable", "microsoft edge":
		folder = folders[2]
	case "brave", "brave-browser", "brave-browser-stable", "brave browser":
		folder = folders[3]
	}
	if root == "" || folder == "" {
		return ""
	}
	return root + separator + folder + separator + "Local State"
}
