package browser

import "slices"

// Steered is the command line of a browser of the Chromium family, for who steers one: the launcher's own if it is of
// that family, or if it must be that one, whatever its name is; else the first that is installed of Chrome, Chromium,
// Edge and Brave. The program has its whole path. The error is an *Error.
func (b Launcher) Steered(must bool) ([]string, error) { return b.steered(here(), must) }

func (b Launcher) steered(m machine, must bool) ([]string, error) {
	var missing []string
	for _, words := range b.Commands {
		if len(words) == 0 || !must && familyOf(words) != chromiumFamily {
			continue
		}
		if path, ok := m.locate(words[0], b.Env); ok {
			return append([]string{path}, words[1:]...), nil
		}
		missing = append(missing, words[0])
	}
	if must {
		return nil, notInstalled(b.From, missing)
	}
	names := []string{"chrome", "chromium", "edge", "brave"}
	for _, name := range names {
		if path, ok := m.locate(name, b.Env); ok {
			return []string{path}, nil
		}
	}
	return nil, notInstalled("", names)
}

// Headless reports whether a browser's command line opens no window, and so wants no display.
func Headless(command []string) bool {
	return slices.ContainsFunc(command, func(word string) bool {
		return word == "--headless" || word == "--headless=new" || word == "--headless=old"
	})
}

// Environment is the environment of a browser: the parent's, without AWS's and hatstand's own variables.
func Environment(parent []string) []string { return environment(parent) }
