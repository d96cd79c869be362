//go:build linux

package main

import (
	"fmt"
	"strings"
	"testing"
)

// leftToOthers is what the log says of one that leaves the lock to others.
const leftToOthers = "nobody to ask: waiting for another process that has the lock"

// without starts processes that can ask nobody and wait for the one that asks: every other one by the user's
// wish, the rest for want of a terminal and a display.
func (h *herd) without(profiles ...string) []*realRun {
	h.tb.Helper()
	var all []*realRun
	for i, profile := range profiles {
		from := h
		if i%2 == 1 {
			from = h.with("HATSTAND_PROMPT=none")
		}
		all = append(all, from.wears(profile))
	}
	for _, p := range all {
		p.start()
	}
	return all
}

// orphaned is a herd whose one holder is killed while it asks. One of those that waited for it has a terminal
// and asks now; the others have nobody to ask, and wait for it.
func orphaned(h *herd) (asks *realRun, others []*realRun, profiles []string) {
	h.tb.Helper()
	profiles = []string{"p0", "p1", "p0", "p1", "p0", "p1"}
	holder := h.asks("p0")
	others = h.without(profiles...)
	h.waitFor(len(others))
	asks = h.wears("p1")
	asks.onTerminal()
	asks.start()
	h.waitFor(len(others) + 1)
	h.kill(holder)
	asks.sees("MFA code for alice")
	h.waitFor(len(others))
	return asks, others, profiles
}

func flightHandedOver(t *testing.T, h *herd) {
	asks, others, profiles := orphaned(h)
	asks.types(h.code())
	h.gets(asks, "p1")
	for i, p := range others {
		h.gets(p, profiles[i])
	}
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 2})
}

func flightHandedOverInVain(t *testing.T, h *herd) {
	asks, others, profiles := orphaned(h)
	asks.presses("\x03")
	h.fails(asks, 130, "hatstand: error: profile \"p1\": cancelled\n")
	for i, p := range others {
		h.fails(p, 130, fmt.Sprintf("hatstand: error: profile %q: another hatstand (for p1) was asking for this, and the prompt was cancelled\n", profiles[i]))
	}
	h.saw(map[string]int{})
}

func flightNobodyLeft(t *testing.T, h *herd) {
	says := func(i int, profile string) string {
		if i%2 == 1 {
			return fmt.Sprintf("hatstand: error: profile %q: a token code of %s is needed, but HATSTAND_PROMPT says that nobody may be asked\n"+
				"hatstand: hint: in a terminal: HATSTAND_PROMPT=terminal hatstand login %s\n", profile, h.alice.Serial, profile)
		}
		return fmt.Sprintf("hatstand: error: profile %q: a token code of %s is needed, and there is nobody to ask (no stored seed; no mfa_process; "+
			"no usable terminal: /dev/tty: no such device or address; no usable dialog: neither DISPLAY nor WAYLAND_DISPLAY is set)\n"+
			"hatstand: hint: in a terminal: hatstand login %s\n", profile, h.alice.Serial, profile)
	}
	profiles := []string{"p0", "p1", "p1", "p0"}
	holder := h.asks("p0")
	all := h.without(profiles...)
	h.waitFor(len(all))
	h.kill(holder)
	for i, p := range all {
		h.fails(p, 3, says(i, profiles[i]))
	}
	if got := strings.Count(h.read("log"), leftToOthers); got != len(all) {
		t.Errorf("%d of %d left the lock to the others", got, len(all))
	}
	h.write("log", "")
	for i, p := range h.without("p0") {
		h.fails(p, 3, says(i, profiles[i]))
	}
	if log := h.read("log"); strings.Contains(log, leftToOthers) {
		t.Errorf("one that found the lock free waited for others: %s", log)
	}
	h.saw(map[string]int{})
}
