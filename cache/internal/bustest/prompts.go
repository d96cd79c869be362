package bustest

import (
	"fmt"

	"github.com/godbus/dbus/v5"
)

// Dismissed is how often a dialog was taken away.
func (s *Secrets) Dismissed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dismissed
}

// Windows is how many windows for ConfirmUse were shown.
func (s *Secrets) Windows() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.windows
}

// Confirm answers the prompt that was left without an answer.
func (s *Secrets) Confirm() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prompts[s.open]()
	_ = s.conn.Emit(s.open, "org.freedesktop.Secret.Prompt.Completed", false, dbus.MakeVariant(""))
}

// prompt makes a prompt that does something once it is answered.
func (s *Secrets) prompt(then func()) dbus.ObjectPath {
	s.made++
	path := dbus.ObjectPath(fmt.Sprintf("%s/prompt/p%d", secretsRoot, s.made))
	s.prompts[path] = then
	s.export(nil, secretsPrompt{s, path}, path, "Prompt", nil)
	return path
}

// window makes a prompt that a person sees.
func (s *Secrets) window(then func()) dbus.ObjectPath {
	path := s.prompt(then)
	s.asks[path] = true
	return path
}

type secretsPrompt struct {
	s    *Secrets
	path dbus.ObjectPath
}

func (o secretsPrompt) Prompt(string) *dbus.Error {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	if o.s.asks[o.path] {
		o.s.windows++
	}
	if o.s.Answer == "" {
		o.s.open = o.path
		return nil
	}
	if o.s.Answer == "unlock" {
		o.s.prompts[o.path]()
	}
	_ = o.s.conn.Emit(o.path, "org.freedesktop.Secret.Prompt.Completed", o.s.Answer != "unlock", dbus.MakeVariant(""))
	return nil
}

func (o secretsPrompt) Dismiss() *dbus.Error {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	o.s.dismissed++
	_ = o.s.conn.Emit(o.path, "org.freedesktop.Secret.Prompt.Completed", true, dbus.MakeVariant(""))
	return nil
}
