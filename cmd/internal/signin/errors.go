package signin

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/grant"
	"hatstand/profiles"
)

// An Error says why nobody can be asked to sign in, as a clause: "there is nobody to ask". It wraps grant.ErrNobody.
type Error struct {
	reason string
	hints  []string
	cause  error
}

func (e *Error) Error() string { return e.reason }

func (e *Error) Unwrap() []error {
	if e.cause == nil {
		return []error{grant.ErrNobody}
	}
	return []error{grant.ErrNobody, e.cause}
}

func (*Error) ExitCode() int { return advice.NoHuman }

func (e *Error) Hints() []string { return e.hints }

// notNow is the error under a policy that forbids questions.
func notNow(g profiles.Grant) *Error {
	return &Error{reason: "nobody is asked now", hints: []string{"sign in: " + login(g)}, cause: prompt.ErrNever}
}

// aProgramWaits is the error of a sign-in to the console under a program that may give up before it is done: what the
// browser brings then would be lost.
func aProgramWaits(g profiles.Grant) *Error {
	return &Error{reason: "a program is waiting, which may give up before you have signed in",
		hints: []string{"sign in: " + login(g)}}
}

// noTerminal is the error of a sign-in to the console where no browser comes back, and nothing can be pasted.
func noTerminal(g profiles.Grant, why string) *Error {
	return &Error{reason: why + "; without a browser that comes back here there must be a terminal to paste a code on",
		hints: []string{"in a terminal: " + login(g)}}
}

// toldNotTo is the error where the user's own setting says that nobody may be asked.
func toldNotTo(g profiles.Grant, c prompt.Choice) *Error {
	return &Error{
		reason: c.From + " says that nobody may be asked",
		hints:  []string{"in a terminal: HATSTAND_PROMPT=terminal " + login(g)},
	}
}

// nobody is the error where there is no terminal, no dialog and no browser.
func nobody(g profiles.Grant, m means) *Error {
	e := &Error{hints: []string{"in a terminal: " + login(g)}}
	switch m.choice.Name {
	case "":
		e.reason = fmt.Sprintf("there is nobody to ask (no terminal; no dialog; no browser: %s)", m.noBrowser())
	default:
		e.reason = fmt.Sprintf("%s, which %s names, cannot ask here", m.choice.Name, m.choice.From)
		if m.choice.Name != prompt.Terminal {
			e.hints = []string{"unset it, so that hatstand finds a prompt that works here, or name another: " + strings.Join(prompt.Names(), ", ")}
		}
	}
	return e
}

// notShown is the error where all that looked as if it could show the page has failed.
func notShown(g profiles.Grant, dialog, browser error) *Error {
	why := errors.Join(dialog, browser)
	e := &Error{hints: []string{"in a terminal: " + login(g)}, cause: why,
		reason: "there is nowhere to show the code"}
	if why != nil {
		e.reason += " (" + ui.Plain(strings.ReplaceAll(why.Error(), "\n", "; ")) + ")"
	}
	return e
}

// nameOf is a session's name as it may be shown.
func nameOf(g profiles.Grant) string { return ui.Plain(g.Name()) }

// login is the command that signs in.
func login(g profiles.Grant) string { return advice.LoginTo(g.Name()) }

// A pageError is an answer that cannot be shown to a person.
type pageError struct {
	grant  profiles.Grant
	reason string
}

func (e *pageError) Error() string {
	return fmt.Sprintf("the sign-in to %s: %s", nameOf(e.grant), e.reason)
}

// sender is who sends the page's address and the code.
func sender(g profiles.Grant) string {
	return cmp.Or(ui.Plain(g.Issuer), "AWS")
}

func (*pageError) ExitCode() int { return advice.Refused }

func (e *pageError) Hints() []string {
	service := e.grant.ServiceName()
	if service == "" {
		return []string{"check oidc_issuer: the answer is not like an OpenID provider's"}
	}
	return []string{"check AWS_ENDPOINT_URL_" + strings.ToUpper(service) + ", AWS_ENDPOINT_URL and endpoint_url: the answer is not like AWS's"}
}
