// Package reference lists all that hatstand can be set by: the settings of the config file, the variables of the
// environment, the files, the exit codes, and the fields of what verbs print as JSON. docs/config.md, docs/json.md and
// the man page are made from it.
//
// A setting or a variable that the code reads has a row here; a test names those that have none, and rows of what
// nobody reads. No program links it. To add a row, find the table by its title, and run
//
//	go test ./cmd/hatstand -run 'Man|ConfigPage|JSONPage' -update
package reference

// A Row is one setting, variable, file or exit code. Texts may have `code` in them.
type Row struct {
	Name    string
	Meaning string // begins in lower case, ends without a full stop
	Default string // what holds where it is not set; "": nothing
	Example string // the value alone
}

// A Table is rows of one kind.
type Table struct {
	Title string // as people call it
	// Section is how a section of the config file begins that may have these settings: "profile", "hatstand-session",
	// or Program; "": they are no settings.
	Section string
	Intro   string
	Rows    []Row
}

// Program is the Section of hatstand's own settings, which stand in [hatstand] without a name.
const Program = "hatstand itself"

// Settings are the tables of the config file's settings, in the order of the page.
func Settings() []Table {
	return append(profile(), session(), services(), program(), hatstandSession(), oidc(), saml())
}

// Variables are the tables of the environment's variables, in the order of the page.
func Variables() []Table { return []Table{own(), aws(), others(), vault(), set()} }
