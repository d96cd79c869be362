package provider

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"

	"hatstand/cache/folder"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/browser"
	"hatstand/credproc/saml"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/cmdline"
)

// samlWindowLock is held while a person signs in with SAML: of several windows nobody knows which is which.
const samlWindowLock = "grant/saml"

func noPerson(reason string) error { return &saml.Error{Kind: saml.Nobody, Reason: reason} }

// responseOfPerson has the person sign in, in a browser.
func (a *Provider) responseOfPerson(ctx context.Context, p credproc.Plan, log *slog.Logger, k *RoleFlags,
	policy prompt.Policy) (string, error) {
	at := p.Base.SAML
	choice, err := a.prompts.Chosen()
	switch {
	case err != nil:
		return "", err
	case policy == prompt.Never || prompt.PolicyOf(ctx) == prompt.Never:
		return "", noPerson("nobody is asked now")
	case k.Silent || k.Renewal:
		return "", noPerson("a program waits for the credentials, and no window is opened for one")
	case choice.Name == prompt.None:
		return "", noPerson(choice.From + " says that nobody is to be asked")
	}
	unlock, _, err := a.locks(log, p.Target, &lockNames{}).Lock(ctx, samlWindowLock)
	if err != nil {
		return "", err
	}
	defer unlock()
	why := "" // no browser is to be opened
	switch {
	case k.SignIn.NoBrowser:
		why = "--no-browser was given"
	case choice.Name == prompt.Terminal:
		why = choice.From + " is terminal"
	}
	prompt.BeforeQuestion(ctx)
	var response string
	if at.Method == profiles.SAMLACS {
		response, err = a.postedResponse(ctx, at, why, policy)
	} else {
		response, err = a.responseOnItsWay(ctx, at, why, policy)
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
func (a *Provider) responseOnItsWay(ctx context.Context, at profiles.SAMLSetting, why string,
	policy prompt.Policy) (string, error) {
	if why != "" {
		return "", noPerson(why + ", and saml_method = chrome opens a browser")
	}
	launcher, err := a.samlBrowser(at)
	if err != nil {
		return "", err
	}
	command, err := launcher.Steered(at.Browser.IsSet())
	if err != nil {
		return "", &saml.Error{Kind: saml.NoBrowser, Reason: err.Error(), Err: errors.Unwrap(err)}
	}
	if display := a.world.Getenv("DISPLAY") + a.world.Getenv("WAYLAND_DISPLAY"); display == "" && !browser.Headless(command) &&
		a.world.GOOS != "darwin" && a.world.GOOS != "windows" {
		return "", noPerson("there is no display for a browser (neither DISPLAY nor WAYLAND_DISPLAY is set)")
	}
	state := a.settings.Environment().StateDir()
	if state == "" {
		return "", errNoHome{}
	}
	own := filepath.Join(state, "browser", browserFolder(at.Name))
	if err := folder.Make(own); err != nil {
		return "", err
	}
	a.sayAtTerminal(ctx, policy, "sign in to "+at.Name+" in the browser window that opens now")
	return saml.Chrome{Command: command, Folder: own, Env: browser.Environment(a.world.Environ()), Page: at.URL}.Response(ctx)
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
func (a *Provider) postedResponse(ctx context.Context, at profiles.SAMLSetting, why string,
	policy prompt.Policy) (string, error) {
	l, err := saml.Listen(at.Port)
	if err != nil {
		return "", err
	}
	defer l.Close()
	launcher, err := a.samlBrowser(at)
	if err != nil {
		return "", err
	}
	if err := launcher.Check(); err != nil && why == "" {
		why = err.Error()
	}
	if why != "" && !a.atTerminal(policy) {
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
			if !a.atTerminal(policy) {
				stop(notOpened(err, launcher)) // nobody will come
				return
			}
		}
		a.sayAtTerminal(ctx, policy, "to sign in to "+at.Name+", open this page: "+at.URL)
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

// samlBrowser is the browser that the section names, else the one of all pages.
func (a *Provider) samlBrowser(at profiles.SAMLSetting) (browser.Launcher, error) {
	if !at.Browser.IsSet() {
		return app.Browser(a.world, a.settings, app.BrowserChoice{Own: func(string) profiles.Setting { return profiles.Setting{} }})
	}
	words, err := cmdline.Split(at.Browser.Value)
	if err != nil { // it was checked
		return browser.Launcher{}, &ui.UsageError{Reason: "browser: the command " + err.Error()}
	}
	return browser.Launcher{Commands: [][]string{words}, From: at.Browser.Where(), Env: a.world.Environ()}, nil
}
