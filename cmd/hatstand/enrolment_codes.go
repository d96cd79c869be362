package main

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"

	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

// A codePair gives two codes in a row of a new device; attempt counts from 1.
type codePair func(ctx context.Context, attempt int) (one, two string, err error)

// codes are made from the seed where that is kept, else asked for on the terminal.
func (e *enrolment) codes(ctx context.Context) (pair codePair, done func(), err error) {
	if !e.keep {
		p, err := e.openPage(ctx)
		if err != nil {
			return nil, nil, err
		}
		return p.pair, p.close, nil
	}
	source := mfa.Stored(e.seed, e.app.prompts.Ledger(), e.app.Now, e.app.prompts.Countdown)
	return func(ctx context.Context, _ int) (one, two string, err error) {
		request := mfa.Request{Serial: e.serial, Profile: e.profile, Attempt: 1}
		if one, err = source.Code(ctx, request); err == nil {
			two, err = source.Code(ctx, request) // of the next step: it waits
		}
		return one, two, err
	}, func() {}, nil
}

// url is what the QR code holds, named as AWS names it. issuer is what apps sort by.
func (e *enrolment) url() string {
	const issuer = "Amazon%20Web%20Services"
	return "otpauth://totp/" + issuer + ":" + e.label() + "?secret=" + e.seed.Encode() + "&issuer=" + issuer
}

// shortURL makes a smaller code, for smaller windows.
func (e *enrolment) shortURL() string {
	return "otpauth://totp/" + e.label() + "?secret=" + e.seed.Encode()
}

func (e *enrolment) label() string {
	_, name, _ := strings.Cut(e.serial, ":mfa/")
	return url.PathEscape(name[strings.LastIndexByte(name, '/')+1:] + "@" + e.user.Account)
}

// A page is the terminal while it shows the secret of a new device: a screen of its own, which is wiped,
// and of which no terminal keeps the lines.
type page struct {
	e     *enrolment
	tty   *mfa.TTY
	wipes bool
	told  bool // the secret is shown as text, or is not wanted here
}

const (
	pageOpen  = "\x1b[?1049h\x1b[H\x1b[2J"
	pageClose = "\x1b[H\x1b[2J\x1b[?1049l"
)

func (e *enrolment) openPage(ctx context.Context) (*page, error) {
	tty, err := e.app.Terminal()
	if err != nil {
		return nil, &ui.NoTerminalError{Want: "the codes of the new device", Next: "to keep its seed in the keyring, and be asked nothing: hatstand mfa enroll " + e.profile + " --store", Err: err}
	}
	p := &page{e: e, tty: tty, told: e.picture != nil}
	columns, rows := tty.Size()
	canvas := ui.NewCanvas(e.app.GOOS, e.app.Getenv, columns, rows)
	p.wipes = canvas.Colours()
	e.left = !p.wipes && e.picture == nil
	var b strings.Builder
	if p.wipes {
		b.WriteString(pageOpen)
	} else {
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "New MFA device of user %s: %s\n", ui.Plain(e.user.Name), ui.Plain(e.serial))
	if e.picture != nil {
		fmt.Fprintf(&b, "Scan %s with your authenticator app.\n", ui.Plain(e.png))
	} else {
		b.WriteString(p.code(canvas))
	}
	if _, err := tty.Write([]byte(b.String())); err != nil {
		p.close()
		return nil, fmt.Errorf("the terminal: %w", err)
	}
	return p, nil
}

// code is the QR code, or the secret where that cannot be drawn.
func (p *page) code(c ui.Canvas) string {
	const belowIt = 1 // the question
	why := ""
	for _, url := range []string{p.e.url(), p.e.shortURL()} {
		q, err := ui.NewQRCode(url)
		if err != nil {
			return p.secret("it cannot be made")
		}
		var text string
		if text, why = q.Draw(c, belowIt); why == "" {
			return text
		}
	}
	return p.secret(why)
}

// secret is the seed in groups, as it is typed into an app.
func (p *page) secret(why string) string {
	p.told = true
	var b strings.Builder
	if why != "" {
		fmt.Fprintf(&b, "No QR code: %s.\n", why)
	}
	b.WriteString("The secret to type into your authenticator app (time-based, six digits):\n\n ")
	seed := p.e.seed.Encode()
	for i := 0; i < len(seed); i += 4 {
		if i > 0 && i%32 == 0 {
			b.WriteString("\n ")
		}
		b.WriteString(" " + seed[i:min(i+4, len(seed))])
	}
	return b.String() + "\n\n"
}

func (p *page) close() {
	if p.wipes {
		_, _ = p.tty.Write([]byte(pageClose)) // the terminal may be gone
	}
	p.tty.Close()
}

// pair asks for the two codes.
func (p *page) pair(ctx context.Context, attempt int) (one, two string, err error) {
	lead := ""
	if attempt > 1 {
		lead = fmt.Sprintf("AWS did not take these two codes. Another two, in a row (attempt %d of %d).\n", attempt, wrongPairs)
	}
	if one, err = p.ask(ctx, lead, p.first, ""); err != nil {
		return "", "", err
	}
	two, err = p.ask(ctx, "", p.second, one)
	return one, two, err
}

func (p *page) first() string {
	if p.told {
		return "Code now: "
	}
	return "Code now (Enter: the secret as text): "
}

func (p *page) second() string { return fmt.Sprintf("Code after it, in %d s: ", p.e.app.secondsLeft()) }

// ask reads one code. Slips are no attempts at AWS, but a question that something else than a person
// answers must end.
func (p *page) ask(ctx context.Context, lead string, question func() string, before string) (string, error) {
	const slips = 3
	for slip := 1; ; {
		line, err := mfa.ReadLine(ctx, p.tty, lead+question())
		if err != nil {
			if mfa.KindOf(err) == mfa.Late {
				err = mfa.NewLate("the codes of "+p.e.serial, "")
			}
			return "", err
		}
		if strings.TrimSpace(line) == "" && !p.told {
			if _, err := p.tty.Write([]byte(p.secret(""))); err != nil {
				return "", fmt.Errorf("the terminal: %w", err)
			}
			lead = ""
			continue
		}
		code, err := mfa.ParseCode(line)
		if err == nil {
			err = p.e.app.prompts.Ledger().Check(p.e.serial, code, p.e.app.Now())
		}
		if err == nil && code == before {
			err = mfa.NewSpent(p.e.serial, time.Duration(p.e.app.secondsLeft())*time.Second)
		}
		if err == nil {
			return code, nil
		}
		if slip == slips {
			return "", err
		}
		slip++
		lead = err.Error() + "\n"
	}
}

// secondsLeft is how long this step of codes has to go.
func (a *parts) secondsLeft() int {
	_, step := mfa.Seed{}.At(a.Now())
	return int(mfa.StepEnd(step).Sub(a.Now())/time.Second) + 1
}
