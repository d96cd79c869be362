//go:build unix

package mfa

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"hatstand/mfa/internal/ttytest"
)

// The tests of the controlling terminal run this binary again, as the leader of a session that has a
// pseudo-terminal (or none). Standard input is empty and the results go to a pipe: what
// is drawn and typed can only have gone over the terminal.
func TestMain(m *testing.M) { ttytest.Main(m, child) }

func child(mode string) {
	ctx := context.Background()
	mode, arg, _ := strings.Cut(mode, " ")
	tell := func(answer string, err error) { fmt.Printf("%q %T %v\n", answer, err, err) }
	r := Request{Serial: alice, Profile: "prod", Role: "arn:aws:iam::222222222222:role/Admin", Attempt: 1}
	if mode == "secret" || mode == "line" {
		tty, err := OpenTTY()
		if err != nil {
			tell("", err)
			return
		}
		defer tty.Close()
		if mode == "secret" {
			tell(ReadSecret(ctx, tty, "Passphrase: "))
		}
		tell(ReadLine(ctx, tty, "Name: "))
		return
	}
	switch mode {
	case "size":
		tty, err := OpenTTY()
		if err != nil {
			tell("", err)
			return
		}
		defer tty.Close()
		columns, rows := tty.Size()
		tell(fmt.Sprintf("%d by %d", columns, rows), nil)
	case "ignoring": // as a script's "&" starts a program, and nohup
		signal.Ignore(syscall.SIGINT, syscall.SIGHUP)
		tell(Terminal{}.Code(ctx, r))
	case "handling": // a program that survives the signal, to tell what the prompt made of it
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
		tell(Terminal{}.Code(ctx, r))
	case "code":
		tell(Terminal{}.Code(ctx, r))
	case "first":
		tell(First(Terminal{}).Code(ctx, r))
	case "again":
		r.Attempt, r.Refused = 2, "AWS refused the code\x1b[2J"
		tell(Terminal{}.Code(ctx, r))
	case "check":
		tell(Terminal{Check: func(serial, code string) error {
			if serial == alice && code == "111111" {
				return NewSpent(serial, 12*time.Second)
			}
			return nil
		}}.Code(ctx, r))
	case "late":
		ctx, cancel := context.WithDeadline(ctx, time.Now().Add(300*time.Millisecond))
		tell(Terminal{}.Code(ctx, r))
		cancel()
		tell(Terminal{}.Code(context.Background(), Request{Serial: alice, Attempt: 1, Deadline: time.Unix(1, 0)}))
		tty, err := OpenTTY()
		if err != nil {
			tell("", err)
			return
		}
		defer tty.Close()
		tell(ReadLine(context.Background(), tty, "Then: "))
	case "background":
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), ttytest.ChildMode("first"))
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		out, err := cmd.Output()
		fmt.Printf("%s%v\n", out, err)
	case "run":
		tell(Process{Args: []string{"/bin/sh", "-c", arg}, Env: os.Environ()}.Code(ctx, r))
		tell(Terminal{}.Code(ctx, r)) // the foreground must be ours again
	case "missing":
		tell(Process{Args: []string{"/nonexistent/ykman"}}.Code(ctx, r))
		tell(Terminal{}.Code(ctx, r))
	case "run-late":
		r.Deadline = time.Now().Add(500 * time.Millisecond)
		tell(Process{Args: []string{"/bin/sh", "-c", arg}, Env: os.Environ()}.Code(ctx, r))
		r.Deadline = time.Time{}
		tell(Terminal{}.Code(ctx, r))
	case "spend":
		l := Ledger{Dir: arg}
		for i := 0; ; i++ {
			code := fmt.Sprintf("%06d", i)
			if err := l.Spend(alice, code, noon); err != nil {
				fmt.Println(err)
				return
			}
			fmt.Println(code)
		}
	}
}
