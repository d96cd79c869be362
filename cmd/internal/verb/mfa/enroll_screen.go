package mfa

import (
	"context"
	"fmt"
	"strings"
	"time"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/enroll"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

// A screen is the terminal while it shows the secret of a new device and reads codes. Where the terminal can, it is the
// alternate screen, whose lines no terminal keeps, and is wiped at the end.
type screen struct {
	world  app.World
	ledger mfa.Ledger
	secret enroll.Secret

	tty       *mfa.TTY
	wipes     bool
	textShown bool // the secret as text; or there is no need to
}

const (
	enterScreen = "\x1b[?1049h\x1b[H\x1b[2J"
	leaveScreen = "\x1b[H\x1b[2J\x1b[?1049l"
)

// noTerminal is the error where nobody can type the codes of a new device.
func noTerminal(profile string, err error) error {
	return &ui.NoTerminalError{
		Want: "the codes of the new device",
		Next: "to keep its seed in the keyring, and be asked nothing: hatstand mfa enroll " + profile + " --store",
		Err:  err,
	}
}

// openScreen shows the secret: the QR code, or the name of the PNG file that has it.
func openScreen(d Deps, profile, png string, secret enroll.Secret) (*screen, error) {
	tty, err := d.World.Terminal()
	if err != nil {
		return nil, noTerminal(profile, err)
	}
	columns, rows := tty.Size()
	canvas := ui.NewCanvas(d.World.GOOS, d.World.Getenv, columns, rows)
	s := &screen{
		world: d.World, ledger: d.Prompts.Ledger(), secret: secret,
		tty: tty, wipes: canvas.Colours(), textShown: png != "",
	}
	text := "\n"
	if s.wipes {
		text = enterScreen
	}
	text += fmt.Sprintf("New MFA device of user %s: %s\n", ui.Plain(secret.User.Name), ui.Plain(secret.Serial))
	if png != "" {
		text += fmt.Sprintf("Scan %s with your authenticator app.\n", ui.Plain(png))
	} else {
		text += s.qrCode(canvas)
	}
	if _, err := tty.Write([]byte(text)); err != nil {
		s.Close()
		return nil, fmt.Errorf("the terminal cannot be used: %w", err)
	}
	return s, nil
}

// qrCode is the QR code, or the secret as text where the code cannot be drawn.
func (s *screen) qrCode(c ui.Canvas) string {
	const linesBelow = 1 // the question
	why := ""
	for _, url := range []string{otpauthURL(s.secret), shortOtpauthURL(s.secret)} {
		q, err := ui.NewQRCode(url)
		if err != nil {
			return s.secretText("it cannot be made")
		}
		var text string
		if text, why = q.Draw(c, linesBelow); why == "" {
			return text
		}
	}
	return s.secretText(why)
}

// secretText is the seed in groups of four, to be typed into an app. why says why there is no QR code, if there is
// none.
func (s *screen) secretText(why string) string {
	s.textShown = true
	var b strings.Builder
	if why != "" {
		fmt.Fprintf(&b, "No QR code: %s.\n", why)
	}
	b.WriteString("The secret to type into your authenticator app (time-based, six digits):\n\n ")
	seed := s.secret.Seed.Encode()
	for i := 0; i < len(seed); i += 4 {
		if i > 0 && i%32 == 0 {
			b.WriteString("\n ")
		}
		b.WriteString(" " + seed[i:min(i+4, len(seed))])
	}
	return b.String() + "\n\n"
}

// Close wipes the screen.
func (s *screen) Close() {
	if s.wipes {
		_, _ = s.tty.Write([]byte(leaveScreen)) // the terminal may be gone
	}
	s.tty.Close()
}

// Codes asks for two codes in a row.
func (s *screen) Codes(ctx context.Context, attempt int) (one, two string, err error) {
	lead := ""
	if attempt > 1 {
		lead = fmt.Sprintf("AWS did not take these two codes. Another two, in a row (attempt %d of %d).\n",
			attempt, enroll.CodePairs)
	}
	if one, err = s.ask(ctx, lead, s.firstQuestion, ""); err != nil {
		return "", "", err
	}
	two, err = s.ask(ctx, "", s.secondQuestion, one)
	return one, two, err
}

func (s *screen) firstQuestion() string {
	if s.textShown {
		return "Code now: "
	}
	return "Code now (Enter: the secret as text): "
}

func (s *screen) secondQuestion() string {
	return fmt.Sprintf("Code after it, in %d s: ", secondsLeft(s.world.Now()))
}

// ask reads one code, which must not be the one before. Typing errors do not count as attempts at AWS, but they are
// limited, so that the question ends where something else than a person answers it.
func (s *screen) ask(ctx context.Context, lead string, question func() string, before string) (string, error) {
	const typingErrors = 3
	for n := 1; ; {
		line, err := mfa.ReadLine(ctx, s.tty, lead+question())
		if err != nil {
			if mfa.KindOf(err) == mfa.Late {
				err = mfa.NewLate("the codes of "+s.secret.Serial, "")
			}
			return "", err
		}
		if strings.TrimSpace(line) == "" && !s.textShown {
			if _, err := s.tty.Write([]byte(s.secretText(""))); err != nil {
				return "", fmt.Errorf("the terminal cannot be used: %w", err)
			}
			lead = ""
			continue
		}
		code, err := s.check(line, before)
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
func (s *screen) check(line, before string) (string, error) {
	code, err := mfa.ParseCode(line)
	if err != nil {
		return "", err
	}
	now := s.world.Now()
	if code == before {
		return "", mfa.NewSpent(s.secret.Serial, time.Duration(secondsLeft(now))*time.Second)
	}
	return code, s.ledger.Check(s.secret.Serial, code, now)
}

// secondsLeft is how long a code of now is good for, rounded up.
func secondsLeft(now time.Time) int {
	_, step := mfa.Seed{}.At(now)
	return int(mfa.StepEnd(step).Sub(now)/time.Second) + 1
}
