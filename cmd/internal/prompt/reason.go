package prompt

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
	"hatstand/profiles/limits"
)

// Reasons gives the reasons that roles are assumed for: the one that was given, else what a person types on the
// terminal or in a dialog. It is a resolve.Reasons. Who is asked for several roles answers for each, once.
type Reasons struct {
	Prompts *Prompts
	Given   string // --reason
	Policy  Policy
	Log     *slog.Logger
	// Asked is called before a person is asked, with the lock of the step that the reason is for.
	Asked func(lock string)

	mu      sync.Mutex
	answers map[string]string // by lock
}

// Reason gets a reason that STS takes.
func (a *Reasons) Reason(ctx context.Context, r resolve.ReasonRequest) (string, error) {
	if a.Given != "" {
		return a.Given, nil
	}
	a.mu.Lock()
	answer, ok := a.answers[r.Lock]
	a.mu.Unlock()
	if ok {
		return answer, nil
	}
	answer, from, err := a.ask(ctx, r)
	if err != nil {
		a.Log.Info("no reason", "from", from, "role", r.Role, "why", err.Error())
		return "", fmt.Errorf("profile %q: %w", r.Target, err)
	}
	a.Log.Info("reason", "from", from, "role", r.Role)
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.answers == nil {
		a.answers = map[string]string{}
	}
	a.answers[r.Lock] = answer
	return answer, nil
}

// ask asks a person, as far as the settings and the policy allow.
func (a *Reasons) ask(ctx context.Context, r resolve.ReasonRequest) (answer, from string, err error) {
	policy := a.Policy
	if r.Optional && policy == Normal && a.declinedLately(r.Lock) {
		policy = Never
	}
	if policy == Never {
		return "", "nobody", &ReasonError{request: r, tried: ErrNever}
	}
	choice, err := a.Prompts.Chosen()
	if err != nil {
		return "", "nobody", err
	}
	BeforeQuestion(ctx)
	question := "Reason for " + strings.TrimPrefix(mfa.Purpose(mfa.Request{Profile: r.Target, Role: r.Role}), ", for ")
	tried := []error{}
	if choice.AllowsTerminal() {
		tty, done, err := a.Prompts.LockTerminal(ctx, r.Target)
		if err == nil {
			defer done()
			a.Asked(r.Lock)
			answer, err = a.untilItFits(ctx, r, func(wrong string) (string, error) {
				return mfa.ReadLine(ctx, tty, "\n"+wrong+question+": ")
			})
			return answer, Terminal, err
		}
		if !errors.Is(err, mfa.ErrUnusable) {
			return "", Terminal, err
		}
		tried = append(tried, err)
	}
	if choice.AllowsDialog() {
		d := a.Prompts.Dialog(choice)
		from = "dialog" // until it is known which one
		d.Asked = func(name string) {
			from = name
			a.Asked(r.Lock)
		}
		answer, err = a.untilItFits(ctx, r, func(wrong string) (string, error) { return d.Line(ctx, question, wrong) })
		if !errors.Is(err, mfa.ErrUnusable) {
			return answer, from, err
		}
		tried = append(tried, err)
	}
	return "", "nobody", &ReasonError{request: r, choice: choice, tried: errors.Join(tried...)}
}

// untilItFits asks until the answer is one that STS takes, three times at most.
func (a *Reasons) untilItFits(ctx context.Context, r resolve.ReasonRequest,
	ask func(wrong string) (string, error)) (string, error) {
	wrong := ""
	for slip := 1; ; slip++ {
		line, err := ask(wrong)
		if mfa.KindOf(err) == mfa.Late {
			return "", mfa.NewLate("a reason", r.Target)
		}
		if err != nil {
			return "", err
		}
		line = strings.TrimSpace(line)
		err = limits.CheckReason(line)
		if err == nil {
			return line, nil
		}
		if slip == mfa.MaxSlips {
			return "", &ui.UsageError{Reason: err.Error()}
		}
		wrong = ui.Plain(err.Error()) + "\n"
	}
}

// declinedLately reports whether a person said no, or nothing, when they were last asked. Then nobody is asked for a
// while, as long as there are credentials.
func (a *Reasons) declinedLately(lock string) bool {
	open, err := a.Prompts.Locks.Open()
	return err == nil && DeclinedLately(open.Refused(lock), a.Prompts.World.Now())
}

// A ReasonError says that a reason is required and nobody can be asked for one. Another process may have somebody.
type ReasonError struct {
	request resolve.ReasonRequest
	choice  Choice
	tried   error
}

func (e *ReasonError) Error() string {
	at := " (" + e.request.Required.Where() + ")"
	switch {
	case errors.Is(e.tried, ErrNever):
		return "a reason is required" + at + ", and nobody is asked now"
	case e.choice.Name == None:
		return "a reason is required" + at + ", and " + e.choice.From + " says that nobody may be asked"
	case e.choice.Name != "":
		return fmt.Sprintf("a reason is required%s, and %s, which %s names, cannot ask here", at, e.choice.Name,
			e.choice.From)
	}
	return "a reason is required" + at + ", and there is nobody to ask (" +
		strings.ReplaceAll(e.tried.Error(), "\n", "; ") + ")"
}

// ExitCode says that there was nobody to ask.
func (*ReasonError) ExitCode() int { return advice.NoHuman }

// Hints are the command that gives one.
func (e *ReasonError) Hints() []string {
	return []string{"give one: " + advice.Login(e.request.Target, e.request.Source) + " --reason TEXT"}
}

// Is reports resolve.ErrNobody.
func (*ReasonError) Is(target error) bool { return target == resolve.ErrNobody }

func (e *ReasonError) Unwrap() error { return e.tried }

var _ resolve.Reasons = (*Reasons)(nil)
