package advice

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"hatstand/mfa"
)

func mfaError(err error) (answer, bool) {
	if is(err, mfa.ErrCancelled) {
		return answer{rank: byCancel, exit: Cancelled}, true
	}
	e, ok := err.(*mfa.Error)
	if !ok {
		return answer{}, false
	}
	switch e.Kind {
	case mfa.NobodyToAsk:
		return answer{rank: nobody, exit: NoHuman, hints: []string{"in a terminal: " + Login(e.Profile, e.Source)}}, true
	case mfa.Late:
		a := answer{rank: nobody, exit: NoHuman}
		if e.Profile != "" {
			a.hints = []string{"in a terminal: " + Login(e.Profile, "")}
		}
		return a, true
	case mfa.Spent:
		a := answer{rank: refused, exit: Refused}
		if s := int64((e.Wait + time.Second - 1) / time.Second); s > 0 {
			a.hints = []string{fmt.Sprintf("wait %d s and run it again: a token code works once", s)}
		}
		return a, true
	case mfa.NotACode:
		return answer{rank: usage, exit: Usage}, true
	case mfa.NoCodesOfDevice:
		return answer{rank: usage, exit: Usage, hints: []string{"register an authenticator app as a second MFA device of this IAM user " +
			"(up to eight are allowed), and set mfa_serial to its ARN (arn:aws:iam::...:mfa/...)"}}, true
	case mfa.NotASeed:
		return answer{rank: usage, exit: Usage, hints: []string{
			`give the base32 text that AWS shows under "Show secret key", or the otpauth://totp/... URL inside its QR code`}}, true
	case mfa.OnlyOneCode:
		return answer{rank: usage, exit: Usage, hints: []string{"run it again without --mfa-code, to be asked for each code"}}, true
	case mfa.Refused:
		return answer{rank: none, hints: []string{"run it again with the code that the device shows next"}}, true
	case mfa.SeedRefused:
		return answer{rank: none, hints: []string{
			"check this machine's clock: codes are made from the time",
			"store the seed of this device again: hatstand mfa add " + ShellWord(e.Serial),
		}}, true
	case mfa.NotRecorded:
		return answer{rank: none, hints: []string{"make sure that " + e.Folder + " can be written and has room"}}, true
	}
	return answer{}, false
}

// Login is the command that signs in to a profile, ready to be pasted into a shell. source is the profile that an
// ad-hoc role starts from; it may be "".
func Login(profile, source string) string {
	if profile == "" {
		return "hatstand login PROFILE"
	}
	command := "hatstand login " + ShellWord(profile)
	if source != "" {
		command += " --source " + ShellWord(source)
	}
	return command
}

// ShellWord is a name as one word of a shell.
func ShellWord(name string) string {
	word := strings.Map(func(c rune) rune {
		if c == unicode.ReplacementChar || !unicode.IsPrint(c) {
			return '?'
		}
		return c
	}, name)
	for _, c := range word {
		if !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,", c) {
			return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return word
}
