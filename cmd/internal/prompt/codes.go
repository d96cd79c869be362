package prompt

import (
	"context"
	"errors"
	"log/slog"

	"hatstand/mfa"
	"hatstand/mfa/dialog"
)

// CodeRules are what the caller adds to the questions for token codes.
type CodeRules struct {
	// Ready waits before a question until the device shows a code that can be used.
	Ready func(context.Context, mfa.Request) error
	// Check looks at a code before it is sent.
	Check func(serial, code string) error
	// Answered is called after a person gave a code of a device.
	Answered func(serial string)
	Log      *slog.Logger
}

// Source is the whole source of token codes: the first of others that has a code, else the terminal, else a dialog, as
// far as the settings and the policy of the context allow. Its error says if the user's own setting is why nobody is
// asked.
func (a *Prompts) Source(rules CodeRules, others ...mfa.Source) (mfa.Source, error) {
	p, err := a.Chosen()
	if err != nil {
		return nil, err
	}
	var persons []mfa.Source
	if p.AllowsTerminal() {
		persons = append(persons, rules.ask(func(ctx context.Context, r mfa.Request) (code, from string, err error) {
			code, err = a.codeFromTerminal(ctx, rules, r)
			return code, Terminal, err
		}))
	}
	if p.AllowsDialog() {
		persons = append(persons, rules.ask(func(ctx context.Context, r mfa.Request) (code, from string, err error) {
			from = "dialog" // until it is known which one
			d := dialog.Source{
				Name: p.Name, Env: a.dialogEnv(), Ready: rules.Ready, Check: rules.Check,
				Asked: func(name string) { from = name },
			}
			code, err = d.Code(ctx, r)
			return code, from, err
		}))
	}
	all := mfa.First(append(others, persons...)...)
	return mfa.SourceFunc(func(ctx context.Context, r mfa.Request) (string, error) {
		code, err := all.Code(ctx, r)
		var nobody *mfa.Error
		if errors.As(err, &nobody) && nobody.Kind == mfa.NobodyToAsk && p.Name != "" {
			err = &Error{prompt: p, err: nobody}
		}
		return code, err
	}), nil
}

func (a *Prompts) codeFromTerminal(ctx context.Context, rules CodeRules, r mfa.Request) (string, error) {
	tty, done, err := a.LockTerminal(ctx, r.Profile)
	if err != nil {
		return "", err
	}
	defer done()
	opened := func() (*mfa.TTY, error) { return tty, nil }
	return mfa.Terminal{Open: opened, Ready: rules.Ready, Check: rules.Check}.Code(ctx, r)
}

// ask makes a source of a question to a person, which the policy of the context may forbid.
func (c CodeRules) ask(question func(context.Context, mfa.Request) (code, from string, err error)) mfa.Source {
	return mfa.SourceFunc(func(ctx context.Context, r mfa.Request) (string, error) {
		if PolicyOf(ctx) == Never {
			return "", ErrNever
		}
		BeforeQuestion(ctx)
		code, from, err := question(ctx, r)
		LogCode(c.Log, from, r, err)
		if err == nil {
			c.Answered(r.Serial)
		}
		return code, err
	})
}

// LogCode writes to the log whether a source gave a token code, and if not, why.
func LogCode(log *slog.Logger, from string, r mfa.Request, err error) {
	switch {
	case err == nil:
		log.Info("token code", "from", from, "serial", r.Serial, "attempt", r.Attempt)
	case errors.Is(err, mfa.ErrUnusable):
		log.Debug("no token code", "from", from, "serial", r.Serial, "why", err.Error())
	default:
		log.Info("no token code", "from", from, "serial", r.Serial, "why", err.Error())
	}
}
