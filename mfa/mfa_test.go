package mfa

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode"

	"hatstand/mfa/internal/plain"
)

const alice = "arn:aws:iam::111111111111:mfa/alice"

// noon is the first second of a step.
var noon = time.Unix(1_700_000_010, 0)

// ofKind is errors.As for an Error of one kind.
func ofKind(err error, kind Kind, e **Error) bool { return errors.As(err, e) && (*e).Kind == kind }

func TestParseCode(t *testing.T) {
	for _, tt := range []struct{ name, in, want, err string }{
		{"six digits", "123456", "123456", ""},
		{"as authenticators show it", "123 456", "123456", ""},
		{"a no-break space", "123\u00a0456\u202f", "123456", ""},
		{"a carriage return at the end", " 123456\r\n", "123456", ""},
		{"leading zeros stay", "000000", "000000", ""},
		{"nothing", "", "", "there is none"},
		{"spaces", "  ", "", "there is none"},
		{"five digits", "12345", "", "this has 5"},
		{"seven digits", "1234567", "", "this has 7"},
		{"a million digits", strings.Repeat("1", 1_000_000), "", "this has 1000000"},
		{"a letter", "12345a", "", "other than digits"},
		{"a sign", "+12345", "", "other than digits"},
		{"digits of another script", "١٢٣٤٥٦", "", "other than digits"},
		{"full-width digits", "１２３４５６", "", "other than digits"},
		{"an escape sequence", "\x1b[6n123456", "", "other than digits"},
		{"a null", "123456\x00", "", "other than digits"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseCode(tt.in)
			if tt.err == "" {
				if err != nil || got != tt.want {
					t.Fatalf("got %q, %v; want %q", got, err, tt.want)
				}
				return
			}
			var code *Error
			if !ofKind(err, NotACode, &code) || !strings.Contains(err.Error(), tt.err) || got != "" {
				t.Fatalf("got %q, %v; want a CodeError with %q", got, err, tt.err)
			}
		})
	}
}

func FuzzParseCode(f *testing.F) {
	for _, s := range []string{"123456", "123 456", "", "1234567", "\x1b[6n", "12345\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		code, err := ParseCode(text)
		if err != nil {
			return
		}
		if len(code) != 6 || strings.Trim(code, "0123456789") != "" {
			t.Fatalf("%q gave %q", text, code)
		}
		if again, err := ParseCode(code); again != code || err != nil {
			t.Fatalf("%q is not its own code: %q, %v", code, again, err)
		}
	})
}

func TestCheckDevice(t *testing.T) {
	for _, tt := range []struct {
		name, serial string
		ok           bool
	}{
		{"a virtual device", alice, true},
		{"a virtual device with a path", "arn:aws:iam::111111111111:mfa/team/alice", true},
		{"a hardware device", "GAHT12345678", true},
		{"another partition", "arn:aws-cn:iam::111111111111:mfa/alice", true},
		{"a device that is named u2f", "arn:aws:iam::111111111111:mfa/u2f/x", true},
		{"a security key", "arn:aws:iam::111111111111:u2f/user/alice/key-ABCDEF", false},
		{"a security key in another partition", "arn:aws-us-gov:iam::111111111111:u2f/user/alice/key", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckDevice(tt.serial)
			var device *Error
			if tt.ok != (err == nil) || (!tt.ok && !ofKind(err, NoCodesOfDevice, &device)) {
				t.Fatalf("got %v", err)
			}
			if err == nil {
				return
			}
			if !strings.Contains(err.Error(), "STS takes only the six-digit codes") || device.Serial != tt.serial {
				t.Errorf("the error does not say why or what next: %v", err)
			}
		})
	}
}

func TestFixed(t *testing.T) {
	ctx := context.Background()
	first := Request{Serial: alice, Attempt: 1}
	t.Run("gives its code once", func(t *testing.T) {
		src := Fixed("123 456", "--mfa-code")
		if code, err := src.Code(ctx, first); code != "123456" || err != nil {
			t.Fatal(code, err)
		}
		code, err := src.Code(ctx, Request{Serial: alice, Attempt: 2, Refused: "invalid MFA one time pass code"})
		var refused *Error
		if !ofKind(err, Refused, &refused) || code != "" {
			t.Fatalf("got %q, %v", code, err)
		}
		for _, want := range []string{"--mfa-code", alice, "was refused: invalid MFA one time pass code"} {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%q does not say %q", err, want)
			}
		}
		if strings.Contains(err.Error(), "123456") {
			t.Errorf("the error holds the code: %v", err)
		}
	})
	t.Run("is no help for a second device", func(t *testing.T) {
		src := Fixed("123456", "--mfa-code")
		if _, err := src.Code(ctx, first); err != nil {
			t.Fatal(err)
		}
		_, err := src.Code(ctx, Request{Serial: "GAHT12345678", Attempt: 1})
		var one *Error
		if !ofKind(err, OnlyOneCode, &one) || !strings.Contains(err.Error(), alice) || one.Serial != "GAHT12345678" {
			t.Fatal(err)
		}
	})
	t.Run("names the flag when malformed, and keeps the text to itself", func(t *testing.T) {
		_, err := Fixed("hunter2", "--mfa-code").Code(ctx, first)
		var code *Error
		if !ofKind(err, NotACode, &code) || code.Subject != "--mfa-code" || strings.Contains(err.Error(), "hunter2") {
			t.Fatal(err)
		}
	})
	t.Run("its refusal does not become a prompt", func(t *testing.T) {
		src := First(Fixed("123456", "--mfa-code"), SourceFunc(func(context.Context, Request) (string, error) {
			t.Error("the next source was asked")
			return "", nil
		}))
		_, _ = src.Code(ctx, first)
		_, err := src.Code(ctx, Request{Serial: alice, Attempt: 2})
		var refused *Error
		if !ofKind(err, Refused, &refused) {
			t.Fatal(err)
		}
	})
}

func gives(code string, err error) Source {
	return SourceFunc(func(context.Context, Request) (string, error) { return code, err })
}

func TestFirst(t *testing.T) {
	broken := errors.New("broken")
	req := Request{Serial: alice, Profile: "prod", Attempt: 1}
	for _, tt := range []struct {
		name    string
		sources []Source
		code    string
		err     error
	}{
		{"the first answers", []Source{gives("111111", nil), gives("222222", nil)}, "111111", nil},
		{"one that is unusable is passed over", []Source{gives("", Unusable("no seed")), gives("222222", nil)}, "222222", nil},
		{"one without a terminal is passed over", []Source{gives("", noTerminal("ENXIO")), gives("222222", nil)}, "222222", nil},
		{"one that failed is the answer", []Source{gives("", broken), gives("222222", nil)}, "", broken},
		{"a cancelled one is the answer", []Source{gives("", ErrCancelled), gives("222222", nil)}, "", ErrCancelled},
		{"none is usable", []Source{gives("", Unusable("no seed")), gives("", ErrNoTerminal)}, "", ErrNoTerminal},
	} {
		t.Run(tt.name, func(t *testing.T) {
			code, err := First(tt.sources...).Code(context.Background(), req)
			if code != tt.code || !errors.Is(err, tt.err) {
				t.Fatalf("got %q, %v", code, err)
			}
		})
	}
	t.Run("nobody to ask: the error says so, why, and what to run", func(t *testing.T) {
		_, err := First(gives("", Unusable("no stored seed")), gives("", noTerminal("ENXIO"))).Code(context.Background(), req)
		var human *Error
		if !ofKind(err, NobodyToAsk, &human) || human.Profile != "prod" {
			t.Fatal(err)
		}
		want := "a token code of " + alice + " is needed, and there is nobody to ask (no stored seed; no usable terminal: ENXIO)"
		if err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
		if human.Profile != "prod" {
			t.Errorf("%+v", human)
		}
	})
	t.Run("no source at all is nobody to ask", func(t *testing.T) {
		_, err := First().Code(context.Background(), req)
		var human *Error
		if !ofKind(err, NobodyToAsk, &human) {
			t.Fatal(err)
		}
	})
}

func TestPrompt(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    Request
		want string
	}{
		{"a role", Request{Serial: alice, Profile: "prod", Role: "arn:aws:iam::222222222222:role/Admin"},
			"MFA code for alice, for prod (Admin in 222222222222): "},
		{"a role with a path", Request{Serial: alice, Profile: "prod", Role: "arn:aws:iam::222222222222:role/a/b/Admin"},
			"MFA code for alice, for prod (Admin in 222222222222): "},
		{"a session alone", Request{Serial: alice, Profile: "me"},
			"MFA code for alice, for me: "},
		{"a hardware device", Request{Serial: "GAHT12345678", Profile: "me"},
			"MFA code for GAHT12345678, for me: "},
		{"a role that is not an ARN", Request{Serial: alice, Role: "Admin"},
			"MFA code for alice, for Admin: "},
		{"a role that is named itself", Request{Serial: alice, Profile: "222222222222:Admin", Role: "arn:aws:iam::222222222222:role/Admin"},
			"MFA code for alice, for Admin in 222222222222: "},
		{"a role that is named by its ARN", Request{Serial: alice, Profile: "arn:aws:iam::222222222222:role/Admin", Role: "arn:aws:iam::222222222222:role/Admin"},
			"MFA code for alice, for Admin in 222222222222: "},
		{"escape sequences are drawn, not obeyed", Request{Serial: alice, Profile: "p\x1b[2J\r\n\x9b31m\u202e\xffx"},
			"MFA code for alice, for p?[2J???31m??x: "},
		{"a long name is cut", Request{Serial: alice, Profile: strings.Repeat("p", 65)},
			"MFA code for alice, for " + strings.Repeat("p", 64) + "...: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := prompt(tt.r); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestRefusalLine(t *testing.T) {
	for _, tt := range []struct {
		name string
		r    Request
		want string
	}{
		{"none at first", Request{Attempt: 1}, ""},
		{"why, and how many are left", Request{Attempt: 2, Refused: "AWS refused the code"}, "AWS refused the code (attempt 2 of 3)\n"},
		{"no reason known", Request{Attempt: 3}, "the code was refused (attempt 3 of 3)\n"},
		{"a code refused before it was sent", Request{Attempt: 1, Refused: "used already"}, "used already\n"},
		{"cleaned", Request{Attempt: 2, Refused: "a\nb\x1b[1m"}, "a?b?[1m (attempt 2 of 3)\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Refusal(tt.r); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzPrompt(f *testing.F) {
	f.Add(alice, "prod", "arn:aws:iam::222222222222:role/Admin", "refused")
	f.Add("\x1b]0;x\x07", "\u202e", "arn:a:b:c:d:e/", "\xff\n")
	f.Fuzz(func(t *testing.T, serial, profile, role, why string) {
		r := Request{Serial: serial, Profile: profile, Role: role, Attempt: 2, Refused: why}
		line := strings.TrimSuffix(Refusal(r), "\n") + prompt(r)
		for _, c := range line {
			if !unicode.IsPrint(c) {
				t.Fatalf("%q holds %U", line, c)
			}
		}
		if n := len([]rune(line)); n > 1200 {
			t.Fatalf("%d characters", n)
		}
		if plain.Lines(line) != line {
			t.Fatalf("what is drawn differs: %q", line)
		}
	})
}

func TestErrorsAreOneLineWithoutControlCharacters(t *testing.T) {
	bad := "x\x1b[2J\ny\u202e"
	for _, err := range []error{
		codeFrom("--mfa-code", notACode(7, "")),
		noCodesOfDevice(bad),
		refused(Refused, bad, "--mfa-code", bad),
		onlyOneCode("--mfa-code", bad, bad), onlyOneCode("--mfa-code", bad, ""),
		NewSpent(bad, time.Second), NewSpent(bad, 0),
		nobodyToAsk(Request{Serial: bad, Profile: bad}, []error{errors.New(bad)}),
		NewLate(bad, bad),
		failure{program: bad, exitCode: 1}.error(), failure{program: bad, err: notACode(1, "")}.error(),
		notASeed("x"),
	} {
		texts := []string{err.Error()}
		for _, text := range texts {
			for _, c := range text {
				if !unicode.IsPrint(c) {
					t.Errorf("%T: %q holds %U", err, text, c)
				}
			}
		}
	}
}

func TestSpentErrorRoundsUp(t *testing.T) {
	for wait, want := range map[time.Duration]string{
		0:                       "the device shows another one now",
		time.Millisecond:        "in 1 s",
		time.Second:             "in 1 s",
		11*time.Second + 1:      "in 12 s",
		29 * time.Second:        "in 29 s",
		-100 * time.Millisecond: "the device shows another one now",
	} {
		if got := NewSpent(alice, wait).Error(); !strings.Contains(got, want) {
			t.Errorf("%v: %s", wait, got)
		}
	}
}
