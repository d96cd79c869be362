package enroll

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

// A codePair gives two codes in a row of the new device. attempt counts from 1.
type codePair func(ctx context.Context, attempt int) (one, two string, err error)

// codes makes the codes from the seed if that is stored; else a person types them on the terminal.
func (e *enrollment) codes(ctx context.Context) (pair codePair, done func(), err error) {
	if !e.StoreSeed {
		p, err := e.openPage()
		if err != nil {
			return nil, nil, err
		}
		return p.pair, p.close, nil
	}
	source := mfa.Stored(e.seed, e.Prompts.Ledger(), e.World.Now, e.Prompts.Countdown)
	return func(ctx context.Context, _ int) (one, two string, err error) {
		request := mfa.Request{Serial: e.device.Serial, Profile: e.Profile, Attempt: 1}
		if one, err = source.Code(ctx, request); err == nil {
			two, err = source.Code(ctx, request) // waits for the next code
		}
		return one, two, err
	}, func() {}, nil
}

// A page is the terminal while it shows the secret of a new device. Where the terminal can, the page is a screen of its
// own (the alternate screen, which no terminal keeps the lines of), and is wiped at the end.
type page struct {
	e           *enrollment
	tty         *mfa.TTY
	wipes       bool
	secretShown bool // as text; or there is no need to
}

const (
	openScreen  = "\x1b[?1049h\x1b[H\x1b[2J"
	closeScreen = "\x1b[H\x1b[2J\x1b[?1049l"
)

// NoTerminal is the error where nobody can type the codes of a new device.
func NoTerminal(profile string, err error) error {
	return &ui.NoTerminalError{
		Want: "the codes of the new device",
		Next: "to keep its seed in the keyring, and be asked nothing: hatstand mfa enroll " + profile + " --store",
		Err:  err,
	}
}

func (e *enrollment) openPage() (*page, error) {
	tty, err := e.World.Terminal()
	if err != nil {
		return nil, NoTerminal(e.Profile, err)
	}
	columns, rows := tty.Size()
	canvas := ui.NewCanvas(e.World.GOOS, e.World.Getenv, columns, rows)
	p := &page{e: e, tty: tty, wipes: canvas.Colours(), secretShown: e.picture != nil}
	e.device.SecretOnTerminal = !p.wipes && e.picture == nil
	var b strings.Builder
	if p.wipes {
		b.WriteString(openScreen)
	} else {
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "New MFA device of user %s: %s\n", ui.Plain(e.User.Name), ui.Plain(e.device.Serial))
	if e.picture != nil {
		fmt.Fprintf(&b, "Scan %s with your authenticator app.\n", ui.Plain(e.PNG))
	} else {
		b.WriteString(p.qrCode(canvas))
	}
	if _, err := tty.Write([]byte(b.String())); err != nil {
		p.close()
		return nil, fmt.Errorf("the terminal: %w", err)
	}
	return p, nil
}

// qrCode is the QR code, or the secret as text where the code cannot be drawn.
func (p *page) qrCode(c ui.Canvas) string {
	const linesBelow = 1 // the question
	why := ""
	for _, url := range []string{p.e.otpauthURL(), p.e.shortOtpauthURL()} {
		q, err := ui.NewQRCode(url)
		if err != nil {
			return p.secret("it cannot be made")
		}
		var text string
		if text, why = q.Draw(c, linesBelow); why == "" {
			return text
		}
	}
	return p.secret(why)
}

// secret is the seed in groups of four, to be typed into an app. why says why there is no QR code, if there is none.
func (p *page) secret(why string) string {
	p.secretShown = true
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
		_, _ = p.tty.Write([]byte(closeScreen)) // the terminal may be gone
	}
	p.tty.Close()
}

// pair asks for two codes in a row.
func (p *page) pair(ctx context.Context, attempt int) (one, two string, err error) {
	lead := ""
	if attempt > 1 {
		lead = fmt.Sprintf("AWS did not take these two codes. Another two, in a row (attempt %d of %d).\n",
			attempt, codePairs)
	}
	if one, err = p.ask(ctx, lead, p.firstQuestion, ""); err != nil {
		return "", "", err
	}
	two, err = p.ask(ctx, "", p.secondQuestion, one)
	return one, two, err
}

func (p *page) firstQuestion() string {
	if p.secretShown {
		return "Code now: "
	}
	return "Code now (Enter: the secret as text): "
}

func (p *page) secondQuestion() string {
	return fmt.Sprintf("Code after it, in %d s: ", secondsLeft(p.e.World.Now()))
}

// ask reads one code, which must not be the one before. Typing errors do not count as attempts at AWS, but they are
// limited, so that the question ends where something else than a person answers it.
func (p *page) ask(ctx context.Context, lead string, question func() string, before string) (string, error) {
	const typingErrors = 3
	for n := 1; ; {
		line, err := mfa.ReadLine(ctx, p.tty, lead+question())
		if err != nil {
			if mfa.KindOf(err) == mfa.Late {
				err = mfa.NewLate("the codes of "+p.e.device.Serial, "")
			}
			return "", err
		}
		if strings.TrimSpace(line) == "" && !p.secretShown {
			if _, err := p.tty.Write([]byte(p.secret(""))); err != nil {
				return "", fmt.Errorf("the terminal: %w", err)
			}
			lead = ""
			continue
		}
		code, err := p.check(line, before)
		if err == nil {
			return code, nil
		}
		if n == typingErrors {
			return "", err
		}
		n++
		lead = err.Error() + "\n"
	}
}

// check finds out what is wrong with a code before it is sent.
func (p *page) check(line, before string) (string, error) {
	code, err := mfa.ParseCode(line)
	if err != nil {
		return "", err
	}
	now := p.e.World.Now()
	if code == before {
		return "", mfa.NewSpent(p.e.device.Serial, time.Duration(secondsLeft(now))*time.Second)
	}
	return code, p.e.Prompts.Ledger().Check(p.e.device.Serial, code, now)
}

// secondsLeft is how long a code of now is good for, rounded up.
func secondsLeft(now time.Time) int {
	_, step := mfa.Seed{}.At(now)
	return int(mfa.StepEnd(step).Sub(now)/time.Second) + 1
}
