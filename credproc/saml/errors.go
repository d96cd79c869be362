package saml

import "errors"

// A Kind says why there is no assertion, or none that helps.
type Kind int

const (
	// Unusable: what was given is no SAML response that STS could take.
	Unusable Kind = iota + 1
	// ProviderRefused: the provider says that it does not know the person, or not now.
	ProviderRefused
	// NotOffered: the assertion does not have the role. Subject is the role.
	NotOffered
	// SeveralProviders: it has the role by several providers, and none is chosen. Subject is the role.
	SeveralProviders
	// Encrypted: it cannot be read here which provider the role is assumed by. Subject is the role.
	Encrypted
	// BadDuration: the session duration in it is none that STS gives.
	BadDuration
	// Unreadable: the file with the response cannot be read. Subject is its name.
	Unreadable

	// Nobody: a person has to sign in, and nobody can be asked. Subject is the command that signs in; "": login.
	Nobody
	// Declined: the person closed the window.
	Declined
	// Late: the person did not sign in in time.
	Late

	// NoBrowser: there is no browser of the kind that is needed, or it cannot be steered here.
	NoBrowser
	// BrowserFailed: it could not be started, or it does not do what it is told.
	BrowserFailed
	// PortTaken: nothing can listen on the port that the browser comes to. Subject is the port.
	PortTaken
	// ProcessFailed: the program that gives the assertion failed.
	ProcessFailed
)

// An Error says why there is no assertion, or none that helps. No secret is in it.
type Error struct {
	Kind    Kind
	Section string // the [hatstand-saml NAME] section's name; "": whoever knows it fills it in
	Subject string // what it is about, by kind
	Reason  string // one line
	Err     error
}

func (e *Error) Error() string {
	if e.Section == "" {
		return e.Reason
	}
	return "SAML sign-in to " + e.Section + ": " + e.Reason
}

func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the first *Error in a tree of errors; 0 if there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return 0
}

// Of fills in the section's name where an error has none.
func Of(section string, err error) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Section == "" {
		named := *e
		named.Section = section
		return &named
	}
	return err
}
