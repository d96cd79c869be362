package file

import (
	"bytes"
	"encoding/json"
	"testing"
)

func FuzzParseSealed(f *testing.F) {
	key := bytes.Repeat([]byte{7}, keySize)
	good, err := seal(key, keyID{1, 2, 3}, "keys/prod", []byte("data"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(good[:20])
	f.Add([]byte(sealMagic + "\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		it, err := parseSealed(b)
		if err != nil {
			return
		}
		// What this key ever sealed, here or in another fuzzing process, opens; nothing else does.
		if data, err := it.open(key); err == nil && (it.name != "keys/prod" || string(data) != "data") {
			t.Fatalf("a forgery opens: %q, %q", it.name, data)
		}
	})
}

func FuzzSealRoundTrip(f *testing.F) {
	f.Add("keys/prod", []byte("data"))
	f.Add("", []byte{})
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		key := bytes.Repeat([]byte{7}, keySize)
		b, err := seal(key, keyID{9}, name, data)
		if err != nil {
			if len(name) <= nameLimit {
				t.Fatal(err)
			}
			return
		}
		it, err := parseSealed(b)
		if err != nil {
			if len(b) <= sealedLimit {
				t.Fatal(err)
			}
			return
		}
		got, err := it.open(key)
		if err != nil || it.name != name || it.id != (keyID{9}) || !bytes.Equal(got, data) {
			t.Fatalf("%q, %v", it.name, err)
		}
		key[0]++
		if _, err := it.open(key); err == nil {
			t.Fatal("another key opens it")
		}
	})
}

func TestHostileParams(t *testing.T) {
	good, _ := newParams("pw", cheap())
	rows := map[string]func(p *params){
		"100 GB of memory":       func(p *params) { p.Memory = 100 << 20 },
		"no memory":              func(p *params) { p.Memory = 0 },
		"a billion passes":       func(p *params) { p.Time = 1 << 30 },
		"no pass":                func(p *params) { p.Time = 0 },
		"no thread":              func(p *params) { p.Threads = 0 },
		"255 threads":            func(p *params) { p.Threads = 255 },
		"no salt":                func(p *params) { p.Salt = nil },
		"a megabyte of salt":     func(p *params) { p.Salt = make([]byte, 1<<20) },
		"no verifier":            func(p *params) { p.Verifier = nil },
		"another version":        func(p *params) { p.Version = 2 },
		"another function":       func(p *params) { p.KDF = "md5" },
		"less than RFC 9106 has": func(p *params) { p.Memory = 8*uint32(p.Threads) - 1 },
	}
	for name, change := range rows {
		p := good
		change(&p)
		b, _ := json.Marshal(p)
		if _, err := parseParams(b); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	b, _ := good.encode()
	p, err := parseParams(b)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := p.key("pw"); !ok {
		t.Error("the right passphrase is refused")
	}
	if _, ok := p.key("pW"); ok {
		t.Error("a wrong passphrase is accepted")
	}
}

func FuzzParseParams(f *testing.F) {
	good, _ := newParams("pw", cheap())
	b, _ := good.encode()
	f.Add(b)
	f.Add([]byte(`{"Version":1,"KDF":"argon2id","Time":4294967295}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parseParams(b)
		if err == nil && (p.Memory > 1<<20 || p.Time > 16 || p.Threads > 16 || p.Threads == 0 || p.Memory == 0) {
			t.Fatalf("%+v", p)
		}
	})
}
