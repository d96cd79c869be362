package profiles

import (
	"errors"
	"io/fs"
	"strconv"
	"strings"
)

// A SyntaxError is a line that AWS's grammar does not allow. It never shows the line, which may
// hold a key.
type SyntaxError struct {
	Path   string
	Line   int
	Reason string
	hint   string
}

func (e *SyntaxError) Error() string {
	return printable(e.Path) + ":" + strconv.Itoa(e.Line) + ": " + e.Reason
}

// Hints are the next things to do.
func (e *SyntaxError) Hints() []string { return hints(e.hint) }

// A ReadError is a file that is there and cannot be read.
type ReadError struct {
	Path string // as the user would name it
	Err  error
}

func (e *ReadError) Error() string {
	return printable(e.Path) + " cannot be read: " + reason(e.Err)
}

func (e *ReadError) Unwrap() error { return e.Err }

// Hints are the next things to do.
func (e *ReadError) Hints() []string {
	return hints("make " + printable(e.Path) + " a file that you may read")
}

// reason is an error without the path that package os puts in front of it.
func reason(err error) string {
	if inside, ok := errors.AsType[*fs.PathError](err); ok {
		err = inside.Err
	}
	return err.Error()
}

// An UnknownProfileError is a profile that neither file has.
type UnknownProfileError struct {
	Name       string
	ReferredBy string  // the profile that named it; "": the user did
	Key        string  // with ReferredBy: source_profile or include_profile; else the flag, or ""
	Where      Setting // where it was named, if in a file
	Files      [2]string
	Empty      bool // there are no profiles at all
	set        *Set // where Hints looks for what was meant: dear, where many are unknown
}

func (e *UnknownProfileError) Error() string {
	switch {
	case e.ReferredBy != "":
		return about(e.ReferredBy) + e.Key + " " + quoted(e.Name) + " not found" + in(e.Where)
	case e.Name == "":
		return "no profile was named"
	case e.Key != "":
		return e.Key + " " + quoted(e.Name) + ": profile not found"
	case e.Empty:
		return "profile " + quoted(e.Name) + " not found: there are no profiles in " + either(e.Files)
	}
	return "profile " + quoted(e.Name) + " not found in " + either(e.Files)
}

// Hints are the next things to do.
func (e *UnknownProfileError) Hints() []string {
	if e.set != nil {
		if hint := e.set.meant(e.Name); hint != "" {
			return hints(hint)
		}
	}
	if e.Name == "" {
		return hints("name a profile, or set AWS_PROFILE", "hatstand list shows the profiles")
	}
	if e.Empty {
		file := e.Files[0]
		if file == "" {
			return hints("set HOME or AWS_CONFIG_FILE, so that the config file can be found")
		}
		return hints("write a [profile " + sectionName(e.Name) + "] section into " + printable(file))
	}
	return hints("hatstand list shows the profiles")
}

// sectionName is the name as a hint shows it in brackets.
func sectionName(name string) string {
	if validName([]byte(name)) {
		return name
	}
	return "NAME"
}

func either(files [2]string) string {
	switch {
	case files[0] == "" && files[1] == "":
		return "any file: no home is known"
	case files[0] == "":
		return printable(files[1])
	case files[1] == "":
		return printable(files[0])
	}
	return printable(files[0]) + " or " + printable(files[1])
}

// A LoopError is a profile whose source, or whose include_profile, leads back to one already passed.
type LoopError struct {
	Key   string   // source_profile or include_profile
	Names []string // from the profile asked for to the one that came up again
	Where Setting  // what led back
}

func (e *LoopError) Error() string {
	names := make([]string, len(e.Names))
	for i, name := range e.Names {
		names[i] = printable(name)
	}
	return about(e.Names[0]) + e.Key + " goes round in a loop: " + strings.Join(names, " -> ") + in(e.Where)
}

// Hints are the next things to do.
func (e *LoopError) Hints() []string {
	return hints("change " + e.Key + " at " + e.Where.Where())
}

// A SettingError is a value that cannot be, or one that is missing.
type SettingError struct {
	Profile string // "": a variable's, a flag's or a target's
	Key     string
	Where   Setting // where it was read; its value may be a secret, so that messages leave it out
	Reason  string  // what is wrong, with Key and, unless it is a secret, the value
	Err     error   // the limit that it breaks, or nil
	hints   []string
}

func (e *SettingError) Error() string {
	return about(e.Profile) + e.Reason + in(e.Where)
}

func (e *SettingError) Unwrap() error { return e.Err }

// Hints are the next things to do.
func (e *SettingError) Hints() []string { return hints(e.hints...) }

func about(name string) string {
	if name == "" {
		return ""
	}
	return "profile " + quoted(name) + ": "
}

func in(where Setting) string {
	if place := where.Where(); place != "" {
		return " (" + place + ")"
	}
	return ""
}

func hints(lines ...string) []string {
	var out []string
	for _, line := range lines {
		if line != "" {
			out = append(out, line)
		}
	}
	return out
}
