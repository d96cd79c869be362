package edit

// Add puts an empty section at the end of the file, unless there is one of that name; it tells whether it
// did.
func (e *Editor) Add(s Section) (added bool, err error) {
	if len(e.source.effective(s)) > 0 {
		return false, nil
	}
	if err := e.fits(s, "region", "x"); err != nil {
		return false, err
	}
	want := append(e.source.model(), sectionModel{Section: s})
	if err := e.change(nil, 0, want, e.newSection(s, "")); err != nil {
		return false, err
	}
	return true, nil
}
