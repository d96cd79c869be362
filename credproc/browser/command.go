package browser

import (
	"slices"
	"strings"
)

// A family is what browsers have in common that matters here.
type family int

const (
	otherFamily family = iota
	chromiumFamily
	firefoxFamily
)

// placeholder is where a command line has the address, as BROWSER has it for xdg-open and Python.
const placeholder = "%s"

// A line is a browser's argument list, complete but for the address.
type line struct {
	name  string // of the program, for people
	words []string
	// one more, before the address; "" is none. It is as it is: a name may hold a placeholder
	option string
	wrap   func(url string) string // nil: the address as it is
}

// arguments puts the option and the address where they belong.
func (l line) arguments(url string) []string {
	if l.wrap != nil {
		url = l.wrap(url)
	}
	at := slices.IndexFunc(l.words[1:], func(w string) bool { return strings.Contains(w, placeholder) }) + 1
	if at == 0 {
		at = len(l.words)
	}
	args := slices.Clone(l.words[:at])
	if l.option != "" {
		args = append(args, l.option)
	}
	for _, w := range l.words[at:] {
		args = append(args, strings.ReplaceAll(w, placeholder, url))
	}
	if at == len(l.words) {
		args = append(args, url)
	}
	return args
}

// A machine is what decides what can be run on it.
type machine struct {
	goos     string
	lookPath func(name string) (path string, err error) // as exec.LookPath
	readFile func(path string) ([]byte, error)          // as os.ReadFile
}

// lines decides what to run, in order. The error is an *Error.
func (b Launcher) lines(m machine) ([]line, error) {
	if len(b.Commands) == 0 {
		l, err := b.desktop(m)
		return []line{l}, err
	}
	var found []line
	var missing []string
	for _, words := range b.Commands {
		if len(words) == 0 {
			continue
		}
		path, ok := m.locate(words[0], b.Env)
		if !ok {
			missing = append(missing, words[0])
			continue
		}
		l, err := b.named(m, path, words)
		if err != nil {
			return nil, err
		}
		found = append(found, l)
	}
	if len(found) == 0 {
		return nil, notInstalled(b.From, missing)
	}
	return found, nil
}

// named is a browser of the user's choice.
func (b Launcher) named(m machine, path string, words []string) (line, error) {
	l := line{name: baseName(words[0]), words: append([]string{path}, words[1:]...)}
	f := familyOf(words)
	if f == otherFamily {
		f = familyOf([]string{path})
	}
	switch {
	case f == chromiumFamily && b.Profile != "":
		var state []byte
		if file := stateFile(words, m.goos, b.Env); file != "" {
			state, _ = m.readFile(file)
		}
		folder, err := profileFolder(state, b.Profile)
		if err != nil {
			return line{}, err
		}
		l.option = "--profile-directory=" + folder
	case f == firefoxFamily && b.Container != "":
		container := container{name: b.Container, color: containerColor(b.Color)}
		l.wrap = container.url
	case b.Profile != "" || b.Container != "":
		return line{}, unsupported(l.name, b.Profile, b.Container)
	}
	return l, nil
}

// desktop is the browser that the user has chosen there.
func (b Launcher) desktop(m machine) (line, error) {
	if b.Profile != "" || b.Container != "" {
		return line{}, unsupported("", b.Profile, b.Container)
	}
	words := []string{"xdg-open"}
	switch m.goos {
	case "windows":
		words = []string{"rundll32", "url.dll,FileProtocolHandler"}
	case "darwin":
		words = []string{"open"}
	default:
		if variable(b.Env, "DISPLAY") == "" && variable(b.Env, "WAYLAND_DISPLAY") == "" {
			return line{}, noDisplay(variable(b.Env, "SSH_CONNECTION") != "")
		}
	}
	path, err := m.lookPath(words[0])
	if err != nil {
		return line{}, notInstalled("", words[:1])
	}
	return line{name: words[0], words: append([]string{path}, words[1:]...)}, nil
}

// Alternatives takes BROWSER apart as xdg-open and Python do: command lines to try in order, between colons (semicolons
// on Windows). split takes a command line apart. It is an error if one cannot be taken apart.
func Alternatives(browser, goos string, split func(string) ([]string, error)) ([][]string, error) {
	separator := ":"
	if goos == "windows" {
		separator = ";"
	}
	var all [][]string
	for text := range strings.SplitSeq(browser, separator) {
		if strings.TrimSpace(text) == "" {
			continue
		}
		words, err := split(text)
		if err != nil {
			return nil, err
		}
		// Python's mark of a program that does not return at once.
		if n := len(words); n > 1 && words[n-1] == "&" {
			words = words[:n-1]
		}
		all = append(all, words)
	}
	return all, nil
}

// environment is the parent's without AWS's and hatstand's own variables: those hold credentials and
// the keyring's passphrase, and a browser has use for none of them.
func environment(parent []string) []string {
	env := []string{} // not nil: that would be this process's own
	for _, kv := range parent {
		name, _, _ := strings.Cut(kv, "=")
		if upper := strings.ToUpper(name); !strings.HasPrefix(upper, "AWS_") && !strings.HasPrefix(upper, "HATSTAND_") {
			env = append(env, kv)
		}
	}
	return env
}

// variable gives a variable's value; of several the last counts. Windows has no capitals in names.
func variable(env []string, name string) string {
	for _, kv := range slices.Backward(env) {
		if n, v, _ := strings.Cut(kv, "="); strings.EqualFold(n, name) {
			return v
		}
	}
	return ""
}
