package signin

import (
	"context"
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"hatstand/cache/folder"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/browser"
	"hatstand/credproc/saml"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/cmdline"
)

// A SAML is a sign-in to a SAML provider in a browser, by a person.
type SAML struct {
	*Person
	// Lock is held while a person signs in: of several windows nobody knows which is which.
	Lock func(context.Context) (unlock func(), err error)
	// State is the folder that a browser of hatstand's own has its profile in.
	State func() (string, error)
	// Say tells somebody at a terminal. AtTerminal: there may be one who reads it.
	Say        func(ctx context.Context, text string)
	AtTerminal bool
}

func noPerson(reason string) error { return &saml.Error{Kind: saml.Nobody, Reason: reason} }

// Response has the person sign in, and returns what the provider posts then, in base64. The error is a *saml.Error, or
// mfa.ErrCancelled.
func (p SAML) Response(ctx context.Context, at profiles.SAMLSetting) (string, error) {
	choice, err := p.Prompts.Chosen()
	switch {
	case err != nil:
		return "", err
	case p.Options.Policy == prompt.Never || prompt.PolicyOf(ctx) == prompt.Never:
		return "", noPerson("nobody is asked now")
	case p.Options.Background:
		return "", noPerson("a program waits for the credentials, and no window is opened for one")
	case choice.Name == prompt.None:
		return "", noPerson(choice.From + " says that nobody may be asked")
	}
	unlock, err := p.Lock(ctx)
	if err != nil {
		return "", err
	}
	defer unlock()
	why := "" // no browser is to be opened
	switch {
	case p.Options.NoBrowser:
		why = "--no-browser was given"
	case choice.Name == prompt.Terminal:
		why = choice.From + " is terminal"
	}
	prompt.BeforeQuestion(ctx)
	var response string
	if at.Method == profiles.SAMLACS {
		response, err = p.postedResponse(ctx, at, why)
	} else {
		response, err = p.responseOnItsWay(ctx, at, why)
	}
	switch {
	case errors.Is(err, app.ErrInterrupted), errors.Is(err, context.Canceled):
		return "", mfa.ErrCancelled
	case errors.Is(err, context.DeadlineExceeded):
		return "", &saml.Error{Kind: saml.Late, Reason: "nobody signed in in time", Err: err}
	}
	return response, err
}

// responseOnItsWay opens a browser of hatstand's own and takes the response on its way to AWS.
func (p SAML) responseOnItsWay(ctx context.Context, at profiles.SAMLSetting, why string) (string, error) {
	if why != "" {
		return "", noPerson(why + ", and saml_method = chrome opens a browser")
	}
	launcher, err := p.browser(at)
	if err != nil {
		return "", err
	}
	command, err := launcher.Steered(at.Browser.IsSet())
	if err != nil {
		return "", &saml.Error{Kind: saml.NoBrowser, Reason: err.Error(), Err: errors.Unwrap(err)}
	}
	if display := p.World.Getenv("DISPLAY") + p.World.Getenv("WAYLAND_DISPLAY"); display == "" && !browser.Headless(command) &&
		p.World.GOOS != "darwin" && p.World.GOOS != "windows" {
		return "", noPerson("there is no display for a browser (neither DISPLAY nor WAYLAND_DISPLAY is set)")
	}
	state, err := p.State()
	if err != nil {
		return "", err
	}
	own := filepath.Join(state, "browser", browserFolder(at.Name))
	if err := folder.Make(own); err != nil {
		return "", err
	}
	p.Say(ctx, "sign in to "+at.Name+" in the browser window that opens now")
	env := browser.Environment(p.World.Environ())
	return saml.Chrome{Command: command, Folder: own, Env: env, Page: at.URL}.Response(ctx)
}

// browserFolder is the folder's name of a section.
func browserFolder(section string) string {
	name := url.PathEscape(section)
	if strings.HasPrefix(name, ".") {
		name = "%2E" + name[1:]
	}
	return name
}

// postedResponse opens the person's browser and waits for what the provider posts.
func (p SAML) postedResponse(ctx context.Context, at profiles.SAMLSetting, why string) (string, error) {
	l, err := saml.Listen(at.Port)
	if err != nil {
		return "", err
	}
	defer l.Close()
	launcher, err := p.browser(at)
	if err != nil {
		return "", err
	}
	if err := launcher.Check(); err != nil && why == "" {
		why = err.Error()
	}
	if why != "" && !p.AtTerminal {
		return "", noPerson("no browser can be opened (" + why + "), and there is no terminal to show the page's address")
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	opened := make(chan struct{})
	go func() {
		defer close(opened)
		if why == "" {
			err := launcher.Open(ctx, at.URL)
			if err == nil {
				return
			}
			if !p.AtTerminal {
				stop(notOpened(err, launcher)) // nobody will come
				return
			}
		}
		p.Say(ctx, "to sign in to "+at.Name+", open this page: "+at.URL)
	}()
	response, err := l.Wait(ctx)
	stop(nil)
	<-opened
	return response, err
}

// notOpened is the error of a browser that did not come for the page.
func notOpened(err error, launcher browser.Launcher) error {
	if _, ok := errors.AsType[*browser.Error](err); !ok {
		return err
	}
	command := "xdg-open" // or what a desktop has for it
	if len(launcher.Commands) > 0 {
		command = strings.Join(launcher.Commands[0], " ")
	}
	return &saml.Error{Kind: saml.BrowserFailed, Subject: command, Reason: err.Error()}
}

// browser is the browser that the section names, else the one of all pages.
func (p SAML) browser(at profiles.SAMLSetting) (browser.Launcher, error) {
	if !at.Browser.IsSet() {
		none := func(string) profiles.Setting { return profiles.Setting{} }
		return app.Browser(p.World, p.Settings, app.BrowserChoice{Own: none})
	}
	words, err := cmdline.Split(at.Browser.Value)
	if err != nil { // it was checked
		return browser.Launcher{}, &ui.UsageError{Reason: "browser: the command " + err.Error()}
	}
	return browser.Launcher{Commands: [][]string{words}, From: at.Browser.Where(), Env: p.World.Environ()}, nil
}
