package ui

import (
	"context"
	"strings"

	"hatstand/cmd/internal/advice"
	"hatstand/mfa"
)

// AskAgain reads a line on a terminal until check takes it, three times in all. After a wrong answer, input that was
// typed ahead is dropped: if a pair of keys was pasted, its second line is the secret, which would be read as an ID, or
// by the shell.
func AskAgain(
	ctx context.Context, tty *mfa.TTY, read func(context.Context, *mfa.TTY, string) (string, error),
	question string, check func(string) error,
) (string, error) {
	text := question
	for slip := 1; ; slip++ {
		answer, err := read(ctx, tty, text)
		if err != nil {
			return "", err
		}
		answer = strings.TrimSpace(answer)
		if err = check(answer); err == nil {
			return answer, nil
		}
		tty.DropInput()
		if slip == mfa.MaxSlips {
			return "", err
		}
		text = Plain(strings.Join(append([]string{err.Error()}, advice.Hints(err)...), "; ")) + "\n" + question
	}
}

// Line asks for a line of text on the controlling terminal, as AskAgain does. preset is what Enter alone means.
func (s Streams) Line(ctx context.Context, question, preset string, check func(string) error) (string, error) {
	tty, err := s.Terminal()
	if err != nil {
		return "", err
	}
	defer tty.Close()
	answer, err := AskAgain(ctx, tty, mfa.ReadLine, Plain(question)+" ", func(text string) error {
		if text == "" {
			text = preset
		}
		return check(text)
	})
	if answer == "" {
		answer = preset
	}
	return answer, err
}
