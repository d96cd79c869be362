package mfa

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// A Ledger remembers which token codes were sent, in one small file a serial (0600), so that no process
// of this user sends one twice. It holds no code: a hash of it and the step it was sent in.
//
// The caller holds a lock on the serial around Check, Spend and the call of STS. A file that is missing,
// corrupt or unreadable means that nothing was spent: STS has the last word.
type Ledger struct {
	// Dir is the folder of the files; it is made (0700) when it does not exist.
	Dir string
}

const (
	ledgerHead = "hatstand spent codes 1\n"
	// No more than this many codes can be of interest at once: three attempts in each of the few steps
	// in which STS still takes a code.
	ledgerMax = 16
	// STS takes a code in its own step and in the ones beside it. What was typed may have been the next
	// step's (the device's clock runs ahead), so a code is dead two steps after the one it was sent in.
	ledgerLife = 2
)

// Spend records that code is about to be sent. It is called just before the call: a process that is
// killed in between wastes a code, which is better than sending one twice. The error is of kind NotRecorded,
// with a cause (a full disk, a read-only folder).
func (l Ledger) Spend(serial, code string, now time.Time) error {
	if err := l.write(serial, l.read(serial).with(entry{stepOf(now), codeHash(serial, code)})); err != nil {
		return &Error{Kind: NotRecorded, Serial: serial, Folder: l.Dir, Err: err, Subject: "cannot record a token code as used", Reason: err.Error()}
	}
	return nil
}

// Check tells whether that very code was sent while STS could still take it: then it is an error of kind Spent
// with the time until the device shows another one. It is nil otherwise.
func (l Ledger) Check(serial, code string, now time.Time) error {
	if wait, spent := l.read(serial).find(codeHash(serial, code), now); spent {
		return NewSpent(serial, wait)
	}
	return nil
}

// NextStep gives the earliest time at which a code made from a seed is unspent: now, or the beginning of
// a step after the last one in which a code was sent. It is never more than two steps away: what a
// clock that ran ahead has written does not block a device for long.
func (l Ledger) NextStep(serial string, now time.Time) time.Time { return l.read(serial).next(now) }

// spends are the codes sent with one device, in the order they were sent.
type spends []entry

type entry struct {
	step int64  // that the code was sent in
	hash string // of the code, in hex
}

// with is s and one more, without those that are of no interest then.
func (s spends) with(e entry) spends {
	var keep spends
	for _, old := range s {
		if old.step+ledgerLife >= e.step {
			keep = append(keep, old)
		}
	}
	keep = append(keep, e)
	return keep[max(0, len(keep)-ledgerMax):]
}

// find tells whether a code was sent and is not dead yet, and how long its step has to go.
func (s spends) find(hash string, now time.Time) (wait time.Duration, spent bool) {
	step := stepOf(now)
	for _, e := range s {
		switch {
		case e.hash != hash || e.step+ledgerLife < step:
		case e.step < step:
			spent = true
		default: // a step still to come was recorded by a clock that ran ahead
			return StepEnd(step).Sub(now), true
		}
	}
	return 0, spent
}

func (s spends) next(now time.Time) time.Time {
	step, next := stepOf(now), now
	for _, e := range s {
		if e.step < step || e.step > step+1 {
			continue
		}
		if end := StepEnd(e.step); end.After(next) {
			next = end
		}
	}
	return next
}

func (l Ledger) path(serial string) string {
	sum := sha256.Sum256([]byte(serial))
	return filepath.Join(l.Dir, "spent-"+hex.EncodeToString(sum[:12]))
}

func (l Ledger) read(serial string) spends {
	path := l.path(serial)
	// No link is followed, and no FIFO waited for.
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return nil
	}
	return decodeLedger(data)
}

// write replaces the file in one step. It has no fsync: after a power cut every code that was sent is older than the
// machine's start. The temporary file always has the same name: the caller's lock keeps writers apart, and a killed
// process leaves one file at most.
func (l Ledger) write(serial string, entries spends) error {
	path := l.path(serial)
	tmp := path + ".new"
	open := func() (*os.File, error) {
		// Removed first, so that the file is ours and 0600 whatever was there.
		if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
		return os.OpenFile(tmp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	}
	f, err := open()
	if errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(l.Dir, 0o700); err != nil {
			return err
		}
		f, err = open()
	}
	if err != nil {
		return err
	}
	_, err = f.Write(encodeLedger(entries))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = replaceFile(tmp, path)
	}
	if err != nil {
		_ = os.Remove(tmp)
	}
	return err
}

func encodeLedger(entries spends) []byte {
	var b bytes.Buffer
	b.WriteString(ledgerHead)
	for _, e := range entries {
		fmt.Fprintf(&b, "%d %s\n", e.step, e.hash)
	}
	return b.Bytes()
}

// decodeLedger gives nil for anything that encodeLedger did not write whole.
func decodeLedger(data []byte) spends {
	body, ok := strings.CutPrefix(string(data), ledgerHead)
	if !ok || (body != "" && !strings.HasSuffix(body, "\n")) {
		return nil
	}
	var entries spends
	for line := range strings.Lines(body) {
		number, hash, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		step, err := strconv.ParseInt(number, 10, 64)
		if !ok || err != nil || len(hash) != 32 || len(entries) == ledgerMax {
			return nil
		}
		if _, err := hex.DecodeString(hash); err != nil {
			return nil
		}
		entries = append(entries, entry{step, hash})
	}
	return entries
}

// codeHash is the same for "123 456" as for "123456".
func codeHash(serial, code string) string {
	if digits, err := ParseCode(code); err == nil {
		code = digits
	}
	sum := sha256.Sum256([]byte("hatstand token code\x00" + serial + "\x00" + code))
	return hex.EncodeToString(sum[:16])
}
