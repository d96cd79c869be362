package saml

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/url"
	"runtime"
	"strings"
	"testing"
)

// A played browser: it is told what to say, and tells what it was told to do.
type played struct {
	t    *testing.T
	from *bufio.Reader // the commands
	to   *io.PipeWriter
	done chan error
	got  string
}

func play(t *testing.T) *played {
	commands, to := io.Pipe()
	from, events := io.Pipe()
	p := &played{t: t, from: bufio.NewReader(commands), to: events, done: make(chan error, 1)}
	s := steering{tools: newDevtools(to, from), page: "https://idp.example.com/aws"}
	go func() {
		var err error
		p.got, err = s.run()
		_ = from.Close()
		_ = to.Close()
		p.done <- err
	}()
	t.Cleanup(func() { _ = events.Close(); _ = commands.Close() })
	return p
}

// wants reads the next commands: "SESSION METHOD".
func (p *played) wants(commands ...string) (last message) {
	p.t.Helper()
	for _, want := range commands {
		text, err := p.from.ReadBytes(0)
		if err != nil {
			p.t.Fatalf("want %s: %v", want, err)
		}
		last = message{}
		if err := json.Unmarshal(text[:len(text)-1], &last); err != nil {
			p.t.Fatal(err)
		}
		if got := strings.TrimSpace(last.SessionID + " " + last.Method); got != want {
			p.t.Fatalf("want %s, got %s", want, got)
		}
	}
	return last
}

func (p *played) says(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.to, text+"\x00"); err != nil {
		p.t.Fatal(err)
	}
}

// opens has it open its first page, which is led to the provider.
func (p *played) opens() {
	p.t.Helper()
	p.wants("Target.setAutoAttach")
	p.says(`{"id":1,"result":{}}`)
	p.says(`{"method":"Target.attachedToTarget","params":{"sessionId":"A","targetInfo":{"type":"page"},"waitingForDebugger":true}}`)
	p.wants("A Fetch.enable", "A Target.setAutoAttach", "A Runtime.runIfWaitingForDebugger")
	if to := string(p.wants("A Page.navigate").Params); to != `{"url":"https://idp.example.com/aws"}` {
		p.t.Errorf("it goes to %s", to)
	}
}

func paused(address, method, body string) string {
	entries := base64.StdEncoding.EncodeToString([]byte(body))
	raw, _ := json.Marshal(map[string]any{"method": "Fetch.requestPaused", "sessionId": "A", "params": map[string]any{"requestId": "r1",
		"request": map[string]any{"url": address, "method": method, "hasPostData": true,
			"postDataEntries": []map[string]string{{"bytes": entries[:len(entries)/8*4]}, {"bytes": entries[len(entries)/8*4:]}}}}})
	return string(raw)
}

func TestTheFirstResponseIsTaken(t *testing.T) {
	form := "SAMLResponse=" + url.QueryEscape("PD9+/w==") + "&RelayState="
	p := play(t)
	p.opens()
	for _, row := range []string{
		paused("https://signin.aws.amazon.com/saml", "GET", ""), paused("https://signin.aws.amazon.com/saml", "POST", "RelayState=x"),
		paused("https://signin.aws.amazon.com/saml", "POST", "SAMLResponse="), paused("http://signin.aws.amazon.com/saml", "POST", form),
		paused("https://signin.aws.amazon.com.evil.example/saml", "POST", form), paused("https://evilsignin.aws.amazon.com/saml", "POST", form),
		paused("https://signin.aws.amazon.com:8443/saml", "POST", form), paused("https://signin.aws.amazon.com/oauth", "POST", form),
		paused("https://a@evil.example/https://signin.aws.amazon.com/saml", "POST", form),
		paused("https://signin.aws.amazon.com/saml", "POST", form+"&"+form),
	} {
		p.says(row)
		p.wants("A Fetch.continueRequest")
	}
	p.says(paused("https://us-east-1.signin.aws.amazon.com/saml?x", "POST", form))
	var answer struct {
		ResponseCode int
		Body         string
	}
	if err := json.Unmarshal(p.wants("A Fetch.fulfillRequest").Params, &answer); err != nil || answer.ResponseCode != 200 {
		t.Error(answer, err)
	}
	if page, _ := base64.StdEncoding.DecodeString(answer.Body); string(page) != donePage {
		t.Errorf("%q", page)
	}
	if err := <-p.done; err != nil || p.got != "PD9+/w==" {
		t.Errorf("%q, %v", p.got, err)
	}
}

func TestEveryPageIsSteered(t *testing.T) {
	p := play(t)
	p.opens()
	p.says(`{"method":"Target.attachedToTarget","params":{"sessionId":"B","targetInfo":{"type":"page"}}}`)
	p.wants("B Fetch.enable", "B Target.setAutoAttach", "B Runtime.runIfWaitingForDebugger")
	p.says(`{"method":"Target.attachedToTarget","params":{"sessionId":"C","targetInfo":{"type":"iframe"}}}`)
	p.wants("C Fetch.enable", "C Target.setAutoAttach", "C Runtime.runIfWaitingForDebugger")
	p.says(`{"method":"Target.attachedToTarget","params":{"sessionId":"W","targetInfo":{"type":"service_worker"}}}`)
	p.wants("W Runtime.runIfWaitingForDebugger")
	for _, gone := range []string{"A", "W", "C"} {
		p.says(`{"method":"Target.detachedFromTarget","params":{"sessionId":"` + gone + `"}}`)
	}
	p.says(paused("https://signin.aws.amazon.com/saml", "GET", ""))
	p.wants("A Fetch.continueRequest") // a page is left
	p.says(`{"method":"Target.detachedFromTarget","params":{"sessionId":"B"}}`)
	if err := <-p.done; err != io.EOF {
		t.Errorf("the last window is closed: %v", err)
	}
}

func TestABrowserThatDoesNotDoAsItIsTold(t *testing.T) {
	for said, want := range map[string]string{
		`{"id":1,"error":{"message":"x"}}`: "the browser refuses Target.setAutoAttach",
		`garbage`:                          "the browser sent something that is not a message of the DevTools protocol",
		`{"method":"Target.attachedToTarget","params":[]}`: "the browser sends an event that cannot be read",
	} {
		p := play(t)
		p.wants("Target.setAutoAttach")
		p.says(said)
		if err := <-p.done; KindOf(err) != BrowserFailed || err.Error() != want {
			t.Errorf("%s: %v", said, err)
		}
	}
	p := play(t)
	p.wants("Target.setAutoAttach")
	_ = p.to.Close()
	if err := <-p.done; err != io.EOF {
		t.Error(err)
	}
}

func TestABrowserThatDoesNotStart(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a browser is not steered there")
	}
	for command, want := range map[string]string{
		"/nowhere/chrome": "the browser cannot be started: no such file or directory",
		"/bin/sh -c echo\tno\tsandbox\t>&2;exit\t1": "the browser ended before its window opened: no sandbox",
	} {
		words := strings.Split(command, " ")
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "\t", " ")
		}
		_, err := Chrome{Command: words, Folder: t.TempDir(), Page: "https://x"}.Response(t.Context())
		if KindOf(err) != BrowserFailed || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestMessagesHaveALimit(t *testing.T) {
	d := newDevtools(io.Discard, strings.NewReader(strings.Repeat("x", longestMessage+100<<10)))
	if _, err := d.next(); err == nil || errors.Is(err, io.EOF) {
		t.Error(err)
	}
}

// Whatever a browser sends, nothing is taken that does not go to AWS.
func FuzzPaused(f *testing.F) {
	f.Add("https://signin.aws.amazon.com/saml", "POST", "SAMLResponse=x")
	f.Add("https://SIGNIN.aws.amazon.com./saml", "POST", "SAMLResponse=x&a")
	f.Fuzz(func(t *testing.T, address, method, body string) {
		var r pausedRequest
		r.Request.URL, r.Request.Method, r.Request.PostData = address, method, body
		response, ok := formResponse(r)
		if !ok {
			return
		}
		u, err := url.Parse(address)
		if err != nil || method != "POST" || response == "" || u.Scheme != "https" || u.Port() != "" ||
			!strings.HasSuffix(strings.ToLower(u.Hostname()), "signin.aws.amazon.com") &&
				!strings.HasSuffix(strings.ToLower(u.Hostname()), "signin.amazonaws-us-gov.com") &&
				!strings.HasSuffix(strings.ToLower(u.Hostname()), "signin.amazonaws.cn") {
			t.Errorf("%q %q", address, response)
		}
	})
}
