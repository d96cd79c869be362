package edit

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"hatstand/profiles"
	"hatstand/profiles/internal/grammar"
)

// SyncOptions say how Sync writes profiles, and what becomes of those that are no longer among the entries.
type SyncOptions struct {
	// Command is the value of a profile's credential_process. nil: the settings are in the profile's own section, where
	// the SDKs find them by themselves.
	Command func(name string) string
	// Prune has profiles go that are not among the entries. Without it they stay, with a mark.
	Prune bool
	// Partial: the entries are not all that there is, since something could not be listed. Nothing goes, and nothing
	// is marked. No entries at all are taken for that.
	Partial bool
	// Listed reports whether the entries would have a profile if it were still there. One that was not asked about
	// stays marked, or not marked. nil: they would.
	Listed func(Managed) bool
	// Unlisted reports whether it is not known if a profile is still there, since AWS did not list its account. It
	// stays as it is, also under Prune. nil: everything was listed.
	Unlisted func(Managed) bool
	// Overwrite goes on where somebody edited the block, and drops that: to show what would be written.
	Overwrite bool
}

// A Report is what Sync did, by profile, sorted by name.
type Report struct {
	Added, Changed, Removed []string
	Kept                    []string // not among the entries, and still there
	Lost                    []string // those of Kept that are marked
	Unlisted                []string // those of Kept of which AWS listed nothing
	Skipped                 []Skipped
}

// A Skipped is a profile that was not written, since there is one of its name at Location already, outside the block.
type Skipped struct {
	Name     string
	Location profiles.Location
}

// Sync writes the profiles of a source (an [sso-session]'s name, as a rule) into a block of the config file: in its old
// place, else at the file's end. No byte outside the block changes, and the same entries give the same bytes. A profile
// that stands in either file outside the block is left out; a [hatstand NAME] section with additions may stand there.
// Errors are an *Error.
func Sync(config, credentials profiles.File, source string, entries []Managed, o SyncOptions) (*Change, Report, error) {
	file, err := scan(config, false)
	if err != nil {
		return nil, Report{}, err
	}
	keys, err := scan(credentials, true)
	if err != nil {
		return nil, Report{}, err
	}
	text := (&adoption{config: file}).fullLines()
	y := syncing{text: text, source: source, o: o, block: block{start: len(text.data), after: len(text.data)}}
	if err := y.find(); err != nil {
		return nil, Report{}, err
	}
	wanted, err := y.wanted(entries)
	if err != nil {
		return nil, Report{}, err
	}
	y.keep(wanted)
	y.leaveOut(keys)
	after := newChange(file, text, y.splices())
	return after, y.report, y.check(after)
}

// A syncing is one run of Sync.
type syncing struct {
	text   *source
	source string
	o      SyncOptions
	block  block // its old place; without a line, there was none
	old    []managedText
	now    []managedText // sorted by name
	report Report
}

// find looks for the block in the file.
func (y *syncing) find() error {
	if !grammar.ValidName(y.source) || strings.Contains(y.source, ": begin.") || strings.Contains(y.source, ": end ") {
		return &Error{Kind: Unwritable, Location: profiles.Location{Path: y.text.path},
			Reason: "a block cannot be named " + strconv.Quote(y.source)}
	}
	blocks, err := y.text.blocks()
	if err != nil {
		return err
	}
	for _, b := range blocks {
		if b.source != y.source {
			continue
		}
		err := y.text.checkBlock(b)
		if e, ok := errors.AsType[*Error](err); err != nil && !(ok && e.Kind == EditedBlock && y.o.Overwrite) {
			return err
		}
		y.block, y.old = b, y.text.managedIn(b)
	}
	return nil
}

// wanted are the entries by name, each checked.
func (y *syncing) wanted(entries []Managed) (map[string]Managed, error) {
	all := map[string]Managed{}
	e := &Editor{source: y.text}
	for _, m := range entries {
		if m.Name != "" && m.Name[0] == '-' {
			return nil, &Error{Kind: NameIsFlag, Profile: m.Name,
				Reason: "its name would look like a flag in credential_process"}
		}
		if before, there := all[m.Name]; there && !before.equal(m) {
			return nil, &Error{Kind: Unwritable, Location: profiles.Location{Path: y.text.path},
				Reason: "two profiles cannot both be named " + strconv.Quote(m.Name)}
		}
		settings := append([]KeyValue{{"region", m.Region}}, m.Settings...)
		if y.o.Command != nil {
			settings = append(settings, KeyValue{processKey, y.o.Command(m.Name)})
		}
		for _, s := range settings {
			if err := e.fits(Profile(m.Name), s.Key, s.Value); err != nil {
				return nil, err
			}
		}
		all[m.Name] = m
	}
	return all, nil
}

// keep decides which of the old profiles stay beside the wanted ones.
func (y *syncing) keep(wanted map[string]Managed) {
	partial := y.o.Partial || len(wanted) == 0
	listed := map[string]bool{}
	for _, m := range wanted {
		listed[fmt.Sprint(m.Settings)] = true
	}
	for _, m := range y.old {
		if _, there := wanted[m.Name]; there {
			continue
		}
		unlisted := y.o.Unlisted != nil && y.o.Unlisted(m.Managed)
		if y.o.Prune && !partial && !unlisted {
			y.report.Removed = append(y.report.Removed, m.Name)
			continue
		}
		switch {
		case unlisted:
			y.report.Unlisted = append(y.report.Unlisted, m.Name)
		case partial:
		case listed[fmt.Sprint(m.Settings)]: // it has another name now
			m.lost = false
		case y.o.Listed == nil || y.o.Listed(m.Managed):
			m.lost = true
		}
		m.kept = true
		y.now = append(y.now, m)
	}
	for _, m := range wanted {
		y.now = append(y.now, managedText{Managed: m})
	}
	slices.Sort(y.report.Removed)
	slices.Sort(y.report.Unlisted)
	slices.SortFunc(y.now, func(a, b managedText) int { return strings.Compare(a.Name, b.Name) })
	for i := range y.now {
		if y.now[i].command = ""; y.o.Command != nil {
			y.now[i].command = y.o.Command(y.now[i].Name)
		}
	}
}

// leaveOut drops the profiles whose names are already outside the block, and notes them as skipped.
func (y *syncing) leaveOut(credentials *source) {
	taken := map[string]profiles.Location{}
	additions := map[string][]string{} // the headers of [hatstand NAME]
	for _, file := range []*source{y.text, credentials} {
		for i := range file.sections {
			sec := &file.sections[i]
			name := string(sec.Name)
			if file == y.text && y.block.start <= sec.Start && sec.Start < y.block.after {
				continue
			}
			switch {
			case file.is(sec, Hatstand(name)) && !file.saysWhereFrom(sec):
				additions[name] = append(additions[name], file.file.HeaderText(*sec))
			case file.is(sec, Profile(name)) || file.is(sec, Hatstand(name)):
				if _, there := taken[name]; !there {
					taken[name] = profiles.Location{Path: file.path, Line: sec.Line}
				}
			}
		}
	}
	var stay []managedText
	for _, m := range y.now {
		m.header = hatstandHeaderBeside(m.Name, additions[m.Name])
		at, there := taken[m.Name]
		if there || m.header == "" {
			y.report.Skipped = append(y.report.Skipped, Skipped{m.Name, at})
			continue
		}
		stay = append(stay, m)
	}
	y.now = stay
}

// saysWhereFrom reports whether a section has a setting that says where a profile's credentials come from.
func (s *source) saysWhereFrom(sec *grammar.Section) bool {
	return slices.ContainsFunc(s.spans(sec), func(sp grammar.Setting) bool {
		return sp.Key == processKey || slices.Contains(rivals(), sp.Key)
	})
}

// splices put the profiles into the block, and touch only the lines of those that change. They fill in the report.
func (y *syncing) splices() []splice {
	if y.block.line == 0 && len(y.now) == 0 {
		return nil
	}
	eol := y.text.lineEnd(nil)
	if y.block.line > 0 {
		eol = "\n"
		if y.text.data[y.block.body-2] == '\r' {
			eol = "\r\n"
		}
	}
	old := map[string]managedText{}
	for _, m := range y.old {
		old[m.Name] = m
	}
	w := weaver{before: y.text.data, at: y.block.start}
	if y.block.line == 0 {
		w.text.WriteString(y.gap(eol))
	}
	w.text.WriteString(beginMarker(y.source) + eol)
	body := w.text.Len()
	for i, m := range y.now {
		if i > 0 {
			w.text.WriteString(eol)
		}
		was, there := old[m.Name]
		text := m.render(eol)
		same := there && string(y.text.data[was.start:was.end]) == text
		y.tell(m, was, there)
		if same && was.start >= w.at {
			w.anchor(text, was.start, was.end)
			continue
		}
		w.text.WriteString(text)
	}
	w.text.WriteString(endMarker(y.source, checksum([]byte(w.text.String()[body:]))) + eol)
	w.upTo(y.block.after, w.text.Len())
	return w.splices
}

// gap is what comes between the file's last line and a new block.
func (y *syncing) gap(eol string) string {
	body := y.text.data[len(y.text.file.ByteOrderMark()):]
	if len(body) == 0 || bytes.HasSuffix(body, []byte("\n\n")) || bytes.HasSuffix(body, []byte("\n\r\n")) {
		return ""
	}
	return eol
}

// tell reports what becomes of a profile that is in the block now.
func (y *syncing) tell(m, was managedText, there bool) {
	r := &y.report
	switch {
	case m.kept:
		r.Kept = append(r.Kept, m.Name)
		if m.lost {
			r.Lost = append(r.Lost, m.Name)
		}
	case !there:
		r.Added = append(r.Added, m.Name)
	case !m.equal(was.Managed) || m.command != was.command || m.lost != was.lost:
		r.Changed = append(r.Changed, m.Name)
	}
}

// check reads the file as it becomes, and refuses what does not read as meant.
func (y *syncing) check(c *Change) error {
	unsafe := &Error{Kind: Unsafe, Location: profiles.Location{Path: y.text.path, Line: max(y.block.line, 1)},
		Reason: "this cannot be edited safely"}
	after, err := scan(profiles.File{Path: y.text.path, Data: c.Bytes()}, false)
	if err != nil {
		return unsafe
	}
	after = (&adoption{config: after}).fullLines()
	blocks, err := after.blocks()
	if err != nil {
		return unsafe
	}
	now := block{start: len(after.data), after: len(after.data)}
	for _, b := range blocks {
		if b.source == y.source {
			now = b
		}
	}
	same := func(a, b managedText) bool { return a.equal(b.Managed) && a.lost == b.lost && a.command == b.command }
	if now.line == 0 != (y.block.line == 0 && len(y.now) == 0) || now.line > 0 && after.checkBlock(now) != nil ||
		!slices.EqualFunc(after.managedIn(now), y.now, same) ||
		!slices.EqualFunc(y.text.modelOutside(y.block), after.modelOutside(now), sectionModel.equal) {
		return unsafe
	}
	return nil
}

// modelOutside is what the file says outside a block.
func (s *source) modelOutside(b block) []sectionModel {
	var all []sectionModel
	for i, m := range s.model() {
		sec := &s.sections[i]
		if b.start <= sec.Start && sec.Start < b.after {
			continue
		}
		if m.broken != "" && sec.Start < b.start { // the block's first line is behind its last one
			m.broken = strings.TrimRight(string(s.data[sec.Start:min(sec.End, b.start)]), "\r\n")
		}
		all = append(all, m)
	}
	return all
}
