//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hatstand/credproc/awstest"
)

// TestFlight starts many processes at once, and hurts some: one asks, the others have its answer, and
// what happens to one is no harm to another.
func TestFlight(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	for _, s := range []struct {
		name     string
		profiles int
		test     func(*testing.T, *herd)
	}{
		{"a hundred on one terminal: one code is typed", 10, flightTerminal},
		{"a hundred without a terminal: one code is made", 10, flightSeed},
		{"who waits long is told for whom", 2, flightTold},
		{"of those who wait on one terminal one speaks", 2, flightOneSpeaks},
		{"the holder is killed before it asks", 2, flightKilledBefore},
		{"the holder is killed while it asks", 2, flightKilledAsking},
		{"the holder is killed: who can ask nobody leaves that to one that can", 2, flightHandedOver},
		{"the one that it is left to is told no, and so are those that left it", 2, flightHandedOverInVain},
		{"the holder is killed, and nobody is left who could ask", 2, flightNobodyLeft},
		{"the holder is told to end while it asks: that is nobody's no", 2, flightTerminated},
		{"nor is it when its first code was wrong", 2, flightTerminatedAgain},
		{"the holder's terminal is closed while it asks: that is nobody's no", 2, flightClosed},
		{"the holder is told to end while it asks for the passphrase: that is nobody's no", 2, flightTerminatedUnlocking},
		{"the holder is killed while it asks for the passphrase: who can ask nobody leaves that to one that can", 2, flightHandedOverUnlocking},
		{"the holder is stopped while it asks for the passphrase: nobody waits for ever", 1, flightStoppedUnlocking},
		{"the passphrase that nobody gives is asked for once", 1, flightUnanswered},
		{"what a code gave does not wait for the passphrase to keep it with", 1, flightUnkept},
		{"exec that is told to end starts nothing", 1, flightNotStarted},
		{"exec --server ends while a dialog asks: that is nobody's no", 1, flightServerEnds},
		{"the holder is killed when AWS has its code", 2, flightKilledCalling},
		{"the holder is killed when the role is on its way", 2, flightKilledAssuming},
		{"the holder is stopped: nobody waits for ever", 2, flightStopped},
		{"who waits may give up alone", 2, flightGivesUp},
		{"a code that is on its way outlasts Ctrl-C", 2, flightCodeOnItsWay},
		{"a program that gives credentials ends with the one it was started for", 1, flightProgramEnds},
		{"who waits for a login of several is told for which", 1, flightToldOfSeveral},
		{"two devices at once do not wait for each other", 2, flightTwoDevices},
		{"two devices on one terminal are asked for in turn", 1, flightOneTerminal},
		{"a question that is stopped lets another one there wait, not hang", 1, flightStoppedTerminal},
		{"one of several that starts hatstand for another of them", 1, flightGuardOfSeveral},
		{"the calls of one process share a connection", 1, flightOneConnection},
		{"one device twice in a step: the second waits, and shows it", 2, flightSecondCode},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			h := newHerd(t, bin, s.profiles).holdingUp()
			s.test(t, h)
			h.left()
		})
	}
}

// together is a shell on a terminal that starts n processes at once, over so many profiles.
func (h *herd) together(n, profiles int) *realRun {
	h.tb.Helper()
	const script = `
i=0
while [ $i -lt $3 ]; do
	{ "$1" credential-process p$((i % $4)) >"$2/out.$i" 2>"$2/err.$i"; echo $? >"$2/exit.$i"; } &
	i=$((i + 1))
done
wait`
	p := h.run("sh", "-c", script, "sh", h.bin, h.dir, fmt.Sprint(n), fmt.Sprint(profiles))
	p.onTerminal()
	p.start()
	return p
}

func flightTerminal(t *testing.T, h *herd) {
	const n, profiles = 100, 10
	p := h.together(n, profiles)
	p.sees("MFA code for alice")
	h.waitFor(n - 1)
	h.saw(map[string]int{})
	p.types(h.code())
	p.wait()
	if got := strings.Count(p.screen(), "MFA code"); got != 1 {
		t.Errorf("%d prompts: %q", got, p.screen())
	}
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": profiles})
	issued, first := h.issued(), map[string]string{}
	for i := range n {
		profile := fmt.Sprint("p", i%profiles)
		out := h.read(fmt.Sprint("out.", i))
		if f := h.fault(profile, out, h.read(fmt.Sprint("err.", i)), issued); f != "" {
			t.Error(f)
		}
		if code := h.read(fmt.Sprint("exit.", i)); code != "0\n" {
			t.Errorf("%s: exit code %s", profile, code)
		}
		if i < profiles {
			first[profile] = out
		} else if out != first[profile] {
			t.Errorf("%s: two got different credentials", profile)
		}
	}
}

func flightSeed(t *testing.T, h *herd) {
	const n, profiles = 100, 10
	h.storeSeeds()
	// The first one's call is held up until all the others wait for it.
	allWaited := h.during(awstest.Fault{Action: "GetSessionToken"}, func() error { return h.waiting(n - 1) })
	all := make([]*realRun, n)
	for i := range all {
		all[i] = h.wears(fmt.Sprint("p", i%profiles))
		all[i].start()
	}
	for i, p := range all {
		h.gets(p, fmt.Sprint("p", i%profiles))
	}
	allWaited()
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": profiles})
}

// asks starts a process that asks on a terminal of its own.
func (h *herd) asks(profile string) *realRun {
	h.tb.Helper()
	p := h.wears(profile)
	p.onTerminal()
	p.start()
	p.sees("MFA code for alice")
	return p
}

func flightTold(t *testing.T, h *herd) {
	holder := h.asks("p0")
	waiter := h.wears("p1")
	waiter.onTerminal()
	waiter.start()
	waiter.sees(fmt.Sprintf("hatstand: waiting for another hatstand (process %d, for p0), which may be asking for a code\r\n", holder.cmd.Process.Pid))
	holder.types(h.code())
	h.gets(holder, "p0")
	h.gets(waiter, "p1")
	if strings.Contains(waiter.screen(), "MFA code") {
		t.Errorf("it asked: %q", waiter.screen())
	}
}

func flightOneSpeaks(t *testing.T, h *herd) {
	const n = 6
	p := h.together(n, 2)
	p.sees("MFA code for alice")
	for strings.Count(h.read("log"), `"msg":"waiting for another process"`) < n-1 { // each comes to it after 5 s
		time.Sleep(5 * time.Millisecond)
	}
	p.sees("waiting for another hatstand")
	p.types(h.code())
	p.wait()
	if got := strings.Count(p.screen(), "waiting for another hatstand"); got != 1 {
		t.Errorf("%d spoke: %q", got, p.screen())
	}
}

// kill ends a process as the kernel does, and waits until it is gone.
func (h *herd) kill(p *realRun) {
	h.tb.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		h.tb.Fatal(err)
	}
	p.wait()
	if p.out.Len() > 0 || p.errs.Len() > 0 {
		h.tb.Errorf("stdout %q, stderr %q", p.out.String(), p.errs.String())
	}
}

func flightKilledBefore(t *testing.T, h *herd) {
	// mfa_process comes before the terminal: the first one blocks, later ones answer.
	gate := filepath.Join(h.dir, "gate")
	if err := syscall.Mkfifo(gate, 0o600); err != nil {
		t.Fatal(err)
	}
	h.write("process", fmt.Sprintf("#!/bin/sh\nif mkdir '%s/first' 2>/dev/null; then cat '%s'; else cat '%s/code'; fi\n", h.dir, gate, h.dir))
	h.write(".aws/config", strings.Replace(h.read(".aws/config"), "[profile me]", fmt.Sprintf("[profile me]\nmfa_process = sh '%s/process'", h.dir), 1))
	h.write("code", h.code())
	holder := h.wears("p0")
	holder.start()
	for {
		if _, err := os.Stat(filepath.Join(h.dir, "first")); err == nil {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	same, other := h.wears("p0"), h.wears("p1")
	same.start()
	other.start()
	h.waitFor(2)
	h.kill(holder)
	h.gets(same, "p0")
	h.gets(other, "p1")
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 2})
	if f, err := os.OpenFile(gate, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil { // let an orphan end
		f.Close()
	}
}

// nextToAsk is the one of those who waited that asks now. Which one it is, is nobody's business.
func (h *herd) nextToAsk(waiters []*realRun) (asks *realRun, others []*realRun) {
	h.tb.Helper()
	return h.nextToShow("MFA code for alice", waiters)
}

func (h *herd) nextToShow(text string, waiters []*realRun) (shows *realRun, others []*realRun) {
	h.tb.Helper()
	for end := time.Now().Add(patient); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		for i, p := range waiters {
			if strings.Contains(p.screen(), text) {
				return p, slices.Concat(waiters[:i], waiters[i+1:])
			}
		}
	}
	h.tb.Fatalf("nobody is shown %q", text)
	return nil, nil
}

// waiters are processes with terminals of their own that wait for one that asks.
func (h *herd) waiters(profiles ...string) []*realRun {
	h.tb.Helper()
	var all []*realRun
	for i, profile := range profiles {
		p := h.wears(profile)
		p.onTerminal()
		p.start()
		h.waitFor(i + 1)
		all = append(all, p)
	}
	return all
}

func flightKilledAsking(t *testing.T, h *herd) {
	holder := h.asks("p0")
	profiles := []string{"p1", "p0", "p1"}
	waiters := h.waiters(profiles...)
	h.kill(holder)
	next, others := h.nextToAsk(waiters)
	h.waitFor(2)
	next.types(h.code())
	for i, p := range waiters {
		h.gets(p, profiles[i])
	}
	for _, p := range others {
		if strings.Contains(p.screen(), "MFA code") {
			t.Errorf("two asked: %q", p.screen())
		}
	}
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 2})
}

func flightTerminated(t *testing.T, h *herd) {
	holder := h.asks("p0")
	profiles := []string{"p1", "p0"}
	waiters := h.waiters(profiles...)
	h.terminate(holder)
	h.fails(holder, 130, "hatstand: error: profile \"p0\": cancelled\n")
	h.goesOn(waiters, profiles)
}

func flightKilledCalling(t *testing.T, h *herd) {
	holder := h.asks("p0")
	profiles := []string{"p0", "p1"}
	waiters := h.waiters(profiles...)
	spent := h.before()
	now := h.shown(h.alice)
	reached := make(chan struct{})
	killed, goOn := h.gate()
	h.aws.Fault(awstest.Fault{Action: "GetSessionToken", After: true, Hook: func() { close(reached); <-killed }})
	holder.types(spent)
	<-reached
	h.kill(holder)
	next, _ := h.nextToAsk(waiters)
	next.types(spent)
	next.sees("was used already")
	goOn()
	next.types(now)
	for i, p := range waiters {
		h.gets(p, profiles[i])
	}
	// The spent code went to AWS once.
	h.saw(map[string]int{"GetSessionToken": 2, "AssumeRole": 2})
}

func flightKilledAssuming(t *testing.T, h *herd) {
	h.storeSeeds()
	reached := make(chan struct{})
	killed, goOn := h.gate()
	h.aws.Fault(awstest.Fault{Action: "AssumeRole", After: true, Hook: func() { close(reached); <-killed }})
	holder := h.wears("p0")
	holder.start()
	<-reached
	same := h.wears("p0")
	same.start()
	h.waitFor(1)
	h.gets(h.wears("p1"), "p1") // another role is not held up
	h.kill(holder)
	goOn()
	h.gets(same, "p0")
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 3})
}

func flightStopped(t *testing.T, h *herd) {
	holder := h.asks("p0")
	pid := holder.cmd.Process.Pid
	h.pause(holder)
	hurried := h.with("HATSTAND_PROMPT_TIMEOUT=5s")
	same, other, onTerminal := hurried.wears("p0"), hurried.wears("p1"), hurried.wears("p1")
	onTerminal.onTerminal()
	for _, p := range []*realRun{same, other, onTerminal} {
		p.start()
	}
	says := func(profile string) string {
		return fmt.Sprintf("hatstand: error: profile %q: another hatstand (process %d, for p0) did not finish in time\n"+
			"hatstand: hint: answer its prompt; if it hangs, end it: kill -9 %d\n", profile, pid, pid)
	}
	h.fails(same, 3, says("p0"))
	h.fails(other, 3, says("p1"))
	h.fails(onTerminal, 3, says("p1"))
	h.unpause(holder)
	// It takes up where it was.
	holder.types(h.code())
	h.gets(holder, "p0")
	h.gets(h.wears("p1"), "p1")
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 2})
}

// catches returns when the process catches signals, which it does once it has taken its time.
func (h *herd) catches(p *realRun) {
	h.tb.Helper()
	said := fmt.Sprintf(`"msg":"signals are caught","pid":%d}`, p.cmd.Process.Pid)
	for end := time.Now().Add(patient); !strings.Contains(h.read("log"), said); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			h.tb.Fatalf("not said: %s", said)
		}
	}
}

// flightGivesUp interrupts one that waits: the others go on waiting.
func flightGivesUp(t *testing.T, h *herd) {
	holder := h.asks("p0")
	quitter, other := h.wears("p1"), h.wears("p1")
	quitter.start()
	h.waitFor(1)
	other.start()
	h.waitFor(2)
	h.catches(quitter)
	if err := quitter.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	h.fails(quitter, 130, "hatstand: error: profile \"p1\": cancelled\n")
	holder.types(h.code())
	h.gets(holder, "p0")
	h.gets(other, "p1")
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 2})
}

// flightCodeOnItsWay interrupts at once, long before the process would have caught signals for the time it takes.
func flightCodeOnItsWay(t *testing.T, h *herd) {
	h.storeSeeds()
	started := make(chan *os.Process, 1)
	h.aws.Fault(awstest.Fault{Action: "GetSessionToken", After: true, Hook: func() { _ = (<-started).Signal(syscall.SIGINT) }})
	p := h.wears("p0")
	p.start()
	started <- p.cmd.Process
	h.fails(p, 130, "hatstand: error: profile \"p0\": cancelled\n")
	h.gets(h.wears("p1"), "p1")
	if n := h.aws.Count("GetSessionToken"); n != 1 {
		t.Errorf("%d codes were spent", n)
	}
}

// flightProgramEnds has a program that would outlive its hatstand.
func flightProgramEnds(t *testing.T, h *herd) {
	file := filepath.Join(h.dir, "pid")
	h.write(".aws/config", h.read(".aws/config")+
		"\n[profile given]\ncredential_process = sh -c \"echo $$ > "+file+"; exec sleep 60\"\n\n[profile role]\nrole_arn = "+roleOf("p0")+"\nsource_profile = given\n")
	p := h.wears("role")
	p.start()
	pid := 0
	for end := time.Now().Add(patient); pid == 0; time.Sleep(time.Millisecond) {
		text, _ := os.ReadFile(file)
		if text, whole := strings.CutSuffix(string(text), "\n"); whole {
			pid, _ = strconv.Atoi(text)
		}
		if time.Now().After(end) {
			t.Fatal("the program was not started")
		}
	}
	h.terminate(p)
	h.fails(p, 130, "hatstand: error: profile \"role\": cancelled\n")
	if err := syscall.Kill(pid, 0); err == nil {
		t.Error("it lives on")
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

func flightToldOfSeveral(t *testing.T, h *herd) {
	login := h.hat("login", "p0", "q0")
	login.onTerminal()
	login.start()
	login.sees("MFA code for alice")
	login.types(h.code())
	login.sees("MFA code for bob")
	waiter := h.wears("q0")
	waiter.onTerminal()
	waiter.start()
	waiter.sees(fmt.Sprintf("hatstand: waiting for another hatstand (process %d, for q0), which may be asking for a code\r\n", login.cmd.Process.Pid))
	login.types(h.shown(h.bob))
	login.wait()
	if login.exitCode() != 0 {
		t.Errorf("login: exit code %d: %s", login.exitCode(), login.screen())
	}
	h.gets(waiter, "q0")
}

func flightOneConnection(t *testing.T, h *herd) {
	h.storeSeeds()
	p := h.wears("p0")
	p.start()
	h.gets(p, "p0")
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 1})
	if calls := h.aws.Calls(); calls[0].Connection == "" || calls[0].Connection != calls[1].Connection {
		t.Errorf("%q, then %q", calls[0].Connection, calls[1].Connection)
	}
}

func flightTwoDevices(t *testing.T, h *herd) {
	h.storeSeeds()
	// Each one's call waits until the other's is made.
	meet := make(chan struct{})
	h.aws.Fault(awstest.Fault{Action: "GetSessionToken", Hook: func() { meet <- struct{}{} }})
	h.aws.Fault(awstest.Fault{Action: "GetSessionToken", Hook: func() { <-meet }})
	alice, bob := h.wears("p0"), h.wears("q0")
	alice.start()
	bob.start()
	h.gets(alice, "p0")
	h.gets(bob, "q0")
	h.saw(map[string]int{"GetSessionToken": 2, "AssumeRole": 2})
}

// flightOneTerminal has two processes ask at once where one person reads: whatever is typed is for the question above.
func flightOneTerminal(t *testing.T, h *herd) {
	h.step()
	p := h.run("sh", "-c", `"$0" credential-process p0 >p0 & "$0" credential-process q0 >q0 & wait`, h.bin)
	p.cmd.Dir = h.dir
	p.onTerminal()
	p.start()
	p.sees("MFA code for ")
	h.waitFor(1)
	devices := []*awstest.Device{h.alice, h.bob}
	if strings.Contains(p.screen(), "MFA code for bob") {
		slices.Reverse(devices)
	}
	p.types(h.shown(devices[0]))
	p.seesTimes("MFA code for ", 2)
	p.types(h.shown(devices[1]))
	p.wait()
	for _, profile := range []string{"p0", "q0"} {
		if f := h.fault(profile, h.read(profile), p.errs.String(), h.issued()); f != "" {
			t.Error(f)
		}
	}
	h.saw(map[string]int{"GetSessionToken": 2, "AssumeRole": 2})
}

// flightStoppedTerminal has a person stop a question and go on with something else, which asks for another device.
func flightStoppedTerminal(t *testing.T, h *herd) {
	h = h.with("HATSTAND_PROMPT_TIMEOUT=10s")
	p := h.run("sh", "-c", `"$0" credential-process p0 >/dev/null 2>&1 & until test -e stopped; do sleep 0.05; done
		"$0" credential-process q0; code=$?; kill -9 $!; exit $code`, h.bin)
	p.cmd.Dir = h.dir
	p.onTerminal()
	p.start()
	p.sees("MFA code for alice")
	holder := 0
	for _, l := range h.locks() {
		holder = l.pid
	}
	if err := syscall.Kill(holder, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	h.write("stopped", "")
	h.fails(p, 3, fmt.Sprintf("hatstand: error: profile \"q0\": another hatstand (process %d, for a question on this terminal) did not finish in time\n"+
		"hatstand: hint: answer its prompt; if it hangs, end it: kill -9 %d\n", holder, holder))
}

// flightGuardOfSeveral has a chain that goes through another profile's credential_process, which is no recursion
// when both are asked for.
func flightGuardOfSeveral(t *testing.T, h *herd) {
	h.storeSeeds()
	h.aws.AddRole(roleOf("next"), awstest.Role{Trust: []awstest.Trust{{Principal: roleOf("p0")}}})
	h.write(".aws/config", h.read(".aws/config")+"\n[profile shared]\ncredential_process = "+h.bin+" credential-process p0\n\n"+
		"[profile next]\nregion = eu-west-1\nrole_arn = "+roleOf("next")+"\nsource_profile = shared\n")
	login := h.hat("login", "p0", "next")
	login.start()
	login.wait()
	if login.exitCode() != 0 || login.errs.Len() > 0 {
		t.Errorf("exit code %d, stderr %q", login.exitCode(), login.errs.String())
	}
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 2})
}

func flightSecondCode(t *testing.T, h *herd) {
	h.storeSeeds()
	h.step() // else what is left could be less, and the clock would go back to before the keys were made
	if err := h.clock.stop(); err != nil {
		t.Fatal(err)
	}
	h.clock.forward(h.clock.left() - 2500*time.Millisecond)
	login := h.hat("login", "p0")
	login.start()
	login.wait()
	if login.exitCode() != 0 {
		t.Fatalf("login: %d %s", login.exitCode(), login.errs.String())
	}
	long := h.hat("credential-process", "long", "--duration", "4h")
	long.onTerminal()
	long.start()
	for _, left := range []string{"3 s ", "2 s ", "1 s "} {
		long.sees("hatstand: a token code works once; the next one of alice comes in " + left)
		h.clock.forward(time.Second)
	}
	h.gets(long, "long")
	drawn := strings.Split(long.screen(), "\r\x1b[K")
	if len(drawn) < 3 || drawn[len(drawn)-1] != "" || strings.Count(long.screen(), "\n") != 1 {
		t.Errorf("one line, drawn again, then wiped: %q", long.screen())
	}
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 2})
}

// TestRefusalIsShared lets a prompt end in all the ways that it can end in vain: who waited for it is not
// asked in turn, and ends as it did; who comes later is asked.
func TestRefusalIsShared(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	const refused = "another hatstand (for p0) was asking for this, and "
	for _, row := range []struct {
		name  string
		limit string // of the one that asks
		ends  func(*herd, *realRun)
		exit  int
		says  string // to the one that asked; %s is the device
		told  string // to those who waited
		calls map[string]int
	}{
		{
			name: "Ctrl-C", ends: func(_ *herd, p *realRun) { p.presses("\x03") }, exit: 130,
			says: "hatstand: error: profile \"p0\": cancelled\n", told: "the prompt was cancelled",
		},
		{
			name: "Ctrl-D", ends: func(_ *herd, p *realRun) { p.presses("\x04") }, exit: 130,
			says: "hatstand: error: profile \"p0\": cancelled\n", told: "the prompt was cancelled",
		},
		{
			name: "no answer in time", limit: "8s", exit: 3,
			says: "hatstand: error: profile \"p0\": no answer in time: waited for a token code of %s\nhatstand: hint: in a terminal: hatstand login p0\n",
			told: "the prompt was not answered in time",
		},
		{
			name: "three wrong codes", exit: 4, ends: func(h *herd, p *realRun) {
				for i, code := range h.wrong() {
					p.seesTimes("MFA code for alice", i+1)
					p.types(code)
				}
			},
			says: "", told: "AWS refused the call that the code was for", calls: map[string]int{"GetSessionToken": 3},
		},
		{
			name: "the call fails", exit: 4, ends: func(h *herd, p *realRun) {
				h.aws.Fault(awstest.Fault{Action: "GetSessionToken", Status: 503})
				p.types(h.before())
			},
			says: "", told: "AWS refused the call that the code was for", calls: map[string]int{"GetSessionToken": 1},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := newHerd(t, bin, 2)
			h.step()
			first := h
			if row.limit != "" {
				first = h.with("HATSTAND_PROMPT_TIMEOUT=" + row.limit)
			}
			asker := first.asks("p0")
			h.pause(asker) // its time passes, but it ends when the others wait
			waiters := map[string]*realRun{"p0": h.wears("p0"), "p1": h.wears("p1"), "long": h.hat("credential-process", "long", "--duration", "2h")}
			for i, profile := range []string{"p0", "p1", "long"} {
				waiters[profile].onTerminal()
				waiters[profile].start()
				h.waitFor(i + 1)
			}
			h.unpause(asker)
			if row.ends != nil {
				row.ends(h, asker)
			}
			asker.wait()
			if asker.exitCode() != row.exit || asker.out.Len() > 0 || row.says != "" && asker.errs.String() != strings.ReplaceAll(row.says, "%s", h.alice.Serial) {
				t.Errorf("the one that asked: exit code %d, stdout %q, stderr %q", asker.exitCode(), asker.out.String(), asker.errs.String())
			}
			for profile, p := range waiters {
				h.fails(p, row.exit, fmt.Sprintf("hatstand: error: profile %q: %s%s\n", profile, refused, row.told))
				if strings.Contains(p.screen(), "MFA code") {
					t.Errorf("%s was asked too: %q", profile, p.screen())
				}
			}
			for action := range row.calls {
				if n := h.aws.Count(action); n != row.calls[action] || len(h.aws.Calls()) != n {
					t.Errorf("AWS saw %v", h.aws.Calls())
				}
			}
			h.aws.Reset()
			later := h.asks("p1")
			later.types(h.shown(h.alice))
			h.gets(later, "p1")
			h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 1})
			h.left()
		})
	}
}

// wrong are three codes that alice's device does not show.
func (h *herd) wrong() []string {
	var codes []string
	for i := 0; len(codes) < 3; i++ {
		code := fmt.Sprintf("%06d", i)
		shown := false
		for step := -2; step <= 3; step++ {
			shown = shown || h.alice.Code(h.clock.now().Add(time.Duration(step)*30*time.Second)) == code
		}
		if !shown {
			codes = append(codes, code)
		}
	}
	return codes
}

// presses sends keys without Enter.
func (p *realRun) presses(keys string) {
	p.t.Helper()
	if _, err := p.master.WriteString(keys); err != nil {
		p.t.Fatal(err)
	}
}

// seesTimes waits until the terminal shows text so many times.
func (p *realRun) seesTimes(text string, n int) {
	p.t.Helper()
	for strings.Count(p.screen(), text) < n {
		select {
		case <-p.closed:
			p.t.Fatalf("the terminal closed without %q %d times: %q", text, n, p.screen())
		case <-time.After(5 * time.Millisecond):
		}
	}
}
