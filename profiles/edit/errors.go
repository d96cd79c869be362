package edit

import (
	"strconv"

	"hatstand/profiles"
)

// A Kind says why a change cannot be made, as far as somebody can do something about it.
type Kind int

const (
	Unsafe          Kind = iota // the text after the change would not read as meant
	Unwritable                  // a name or a value that the file cannot hold
	Broken                      // a line of the section is not allowed by the grammar
	Repeated                    // a setting is there twice
	RepeatedSection             // the profile has the section twice
	EmptySection
	NotUndoable // the profile was adopted before, and edited since
	OtherCredentials
	OwnSource  // the SDKs find the profile's credentials by themselves
	NameIsFlag // the profile's name would be a flag on credential_process's command line
	NoSection
	Exists // the profile that was to be added
	// Blocks of profiles that Sync writes; Key is the block's source.
	InBlock       // the profile stands in one
	BrokenBlock   // one begins or ends without the other, or inside another one
	RepeatedBlock // one is there twice
	EditedBlock   // there is something between its lines that Sync did not write
	AfterBlock    // a setting behind its last line, which would belong to whatever profile is the last one there
	// Settings that the SDKs take credentials from before they come to credential_process.
	Rival
	RivalInCredentials
	RivalKeys
	RivalKeysInCredentials
)

// An Error is a change that cannot be made safely; the file stays as it is. It never shows a value.
type Error struct {
	Kind     Kind
	Profile  string
	Key      string
	Reason   string
	Location profiles.Location
	Config   string // for a Rival: the config file
}

func (e *Error) Error() string {
	at := e.Location.String()
	switch e.Kind {
	case OwnSource, NameIsFlag, NoSection, Exists, InBlock, Rival, RivalInCredentials, RivalKeys, RivalKeysInCredentials:
		text := "profile " + strconv.Quote(e.Profile) + ": " + e.Reason
		if at != "" {
			text += " (" + at + ")"
		}
		return text
	}
	return at + ": " + e.Reason
}
