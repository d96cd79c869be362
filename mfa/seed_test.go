package mfa

import (
	"bytes"
	"encoding/base32"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"
	"time"

	"hatstand/mfa/internal/ttytest"
)

const stepLength = stepSeconds * time.Second

// rfcSeed is the key of RFC 6238's appendix B.
var rfcSeed = base32.StdEncoding.EncodeToString([]byte("12345678901234567890"))

func mustSeed(t testing.TB, text string) Seed {
	t.Helper()
	s, err := ParseSeed(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestCodesOfRFC6238(t *testing.T) {
	seed := mustSeed(t, rfcSeed)
	// The RFC gives eight digits; AWS's devices show the last six of them.
	for unix, want := range map[int64]string{
		59: "94287082", 1111111109: "07081804", 1111111111: "14050471",
		1234567890: "89005924", 2000000000: "69279037", 20000000000: "65353130",
	} {
		code, step := seed.At(time.Unix(unix, 999))
		if code != want[2:] || step != unix/30 {
			t.Errorf("at %d: %s in step %d, want %s", unix, code, step, want[2:])
		}
	}
}

func TestCodesAreThoseOfOathtool(t *testing.T) {
	oathtool := ttytest.Need(t, "oathtool", "oathtool")
	rng := rand.New(rand.NewPCG(6238, 4226))
	for range 12 {
		key := make([]byte, minSeed+rng.IntN(60))
		for i := range key {
			key[i] = byte(rng.Uint32())
		}
		text := base32.StdEncoding.EncodeToString(key)
		at := time.Unix(rng.Int64N(4_000_000_000), 0).UTC()
		const steps = 20
		out, err := exec.Command(oathtool, "--totp", "--base32", fmt.Sprintf("--window=%d", steps-1),
			"--now="+at.Format("2006-01-02 15:04:05 UTC"), text).CombinedOutput()
		if err != nil {
			t.Fatalf("oathtool: %v: %s", err, out)
		}
		want := strings.Fields(string(out))
		if len(want) != steps {
			t.Fatalf("oathtool gave %q", want)
		}
		seed := mustSeed(t, text)
		for i, w := range want {
			if got, _ := seed.At(at.Add(time.Duration(i) * stepLength)); got != w {
				t.Errorf("%s at %v + %d steps: %s, oathtool says %s", text, at, i, got, w)
			}
		}
	}
}

func TestStepsMeetEndToEnd(t *testing.T) {
	seed := mustSeed(t, rfcSeed)
	for _, unix := range []int64{-31, -30, -1, 0, 29, 30, 1_700_000_010} {
		at := time.Unix(unix, 0)
		_, step := seed.At(at)
		end := StepEnd(step)
		if d := end.Sub(at); d <= 0 || d > stepLength {
			t.Errorf("the step at %d ends %v later", unix, d)
		}
		if _, last := seed.At(end.Add(-1)); last != step {
			t.Errorf("the step at %d does not last until its end", unix)
		}
		if _, next := seed.At(end); next != step+1 {
			t.Errorf("the step after %d is %d, not %d", unix, next, step+1)
		}
	}
}

func TestParseSeed(t *testing.T) {
	awsSeed := base32.StdEncoding.EncodeToString(bytes.Repeat([]byte{0xa7}, 40)) // 64 characters, as AWS makes them
	short := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("hello, hats"))
	for _, tt := range []struct{ name, in, want, err string }{
		{"as AWS shows it", awsSeed, awsSeed, ""},
		{"lower case", strings.ToLower(rfcSeed), rfcSeed, ""},
		{"in groups", "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ", rfcSeed, ""},
		{"with hyphens and a line's end", "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ\r\n", rfcSeed, ""},
		{"padded", short + "======", short, ""},
		{"padding missing", short, short, ""},
		{"a URL", "otpauth://totp/Amazon%20Web%20Services:alice@hats?secret=" + rfcSeed + "&issuer=Amazon%20Web%20Services", rfcSeed, ""},
		{"a URL that says what AWS takes", "otpauth://totp/x?algorithm=SHA1&digits=6&period=30&secret=" + rfcSeed, rfcSeed, ""},
		{"a URL in other cases", "OTPAUTH://TOTP/x?algorithm=sha1&secret=" + strings.ToLower(rfcSeed), rfcSeed, ""},
		{"nothing", "", "", "it has 0 bytes"},
		{"a code", "234567", "", "cannot be base32"},
		{"a word", "MFRGGZDFMZTWQ2", "", "cannot be base32"},
		{"nine bytes", base32.StdEncoding.EncodeToString([]byte("nine byte")), "", "it has 9 bytes"},
		{"129 bytes", base32.StdEncoding.EncodeToString(make([]byte, 129)), "", "it has 129 bytes"},
		{"a character missing", rfcSeed[:31], "", "its end is cut off"},
		{"two characters missing", rfcSeed[:30], "", "cannot be base32"},
		{"a zero for an O", "0" + rfcSeed[1:], "", "character 1 is not base32"},
		{"an eight", rfcSeed[:31] + "8", "", "character 32 is not base32"},
		{"padding in the middle", rfcSeed[:16] + "=" + rfcSeed[16:], "", "character 17 is not base32"},
		{"not ASCII", "ſEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "", "character 1 is not base32"},
		{"a serial", alice, "", "not base32"},
		{"very long", strings.Repeat("A", 5000), "", "longer than 4096"},
		{"a counter-based URL", "otpauth://hotp/x?counter=1&secret=" + rfcSeed, "", "not of the time-based kind"},
		{"an exported bundle", "otpauth-migration://offline?data=" + rfcSeed, "", "must begin with otpauth://totp/"},
		{"eight digits", "otpauth://totp/x?digits=8&secret=" + rfcSeed, "", "digits other than 6"},
		{"a garbage number of digits", "otpauth://totp/x?digits=six&secret=" + rfcSeed, "", "digits other than 6"},
		{"a period of a minute", "otpauth://totp/x?period=60&secret=" + rfcSeed, "", "a period other than 30"},
		{"a garbage period", "otpauth://totp/x?period=3O&secret=" + rfcSeed, "", "a period other than 30"},
		{"SHA256", "otpauth://totp/x?algorithm=SHA256&secret=" + rfcSeed, "", "an algorithm other than SHA1"},
		{"letters for digits", "otpauth://totp/x?encoder=steam&secret=" + rfcSeed, "", "an encoder"},
		{"no secret", "otpauth://totp/x?issuer=AWS", "", "no secret"},
		{"two secrets", "otpauth://totp/x?secret=" + rfcSeed + "&secret=" + rfcSeed, "", "secret twice"},
		{"a URL that is broken", "otpauth://totp/%zz?secret=" + rfcSeed, "", "cannot be read"},
		{"parameters that are broken", "otpauth://totp/x?secret=" + rfcSeed + "&issuer=%zz", "", "parameters cannot be read"},
		{"a URL with a bad secret", "otpauth://totp/x?secret=1" + rfcSeed, "", "character 1 is not base32"},
		{"a web page", "https://example.com/" + rfcSeed, "", "must begin with otpauth://totp/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			seed, err := ParseSeed(tt.in)
			if tt.err == "" {
				if err != nil || seed.Encode() != tt.want {
					t.Fatalf("got %q, %v; want %q", seed.Encode(), err, tt.want)
				}
				return
			}
			var bad *Error
			if !ofKind(err, NotASeed, &bad) || !strings.Contains(err.Error(), tt.err) {
				t.Fatalf("got %v; want a SeedError with %q", err, tt.err)
			}
			if !seed.IsZero() {
				t.Errorf("seed %v", seed.IsZero())
			}
			if strings.Contains(err.Error(), rfcSeed[:8]) {
				t.Errorf("the error holds the seed: %v", err)
			}
		})
	}
}

func FuzzParseSeed(f *testing.F) {
	for _, s := range []string{rfcSeed, "otpauth://totp/x?secret=" + rfcSeed, "gezd gnbv-gy3t qojq====", "otpauth://hotp/", "\xff", "otpauth://totp/x?secret=%41"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		seed, err := ParseSeed(text)
		if err != nil {
			if !seed.IsZero() {
				t.Fatal("an error and a seed")
			}
			return
		}
		again, err := ParseSeed(seed.Encode())
		if err != nil || again != seed {
			t.Fatalf("%q does not survive storage: %v", seed.Encode(), err)
		}
		code, _ := seed.At(noon)
		if c, err := ParseCode(code); err != nil || c != code {
			t.Fatalf("%q gives the code %q", seed.Encode(), code)
		}
	})
}

func TestASeedNeverPrints(t *testing.T) {
	seed := mustSeed(t, rfcSeed)
	type holder struct {
		Seed Seed
		Ptr  *Seed
		Any  any
		List []Seed
	}
	h := holder{seed, &seed, seed, []Seed{seed}}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v"} {
		fmt.Fprintf(&out, strings.ReplaceAll(verb, "%T ", ""), seed)
		fmt.Fprintf(&out, strings.ReplaceAll(verb, "%T ", ""), &seed)
		fmt.Fprintf(&out, strings.ReplaceAll(verb, "%T ", ""), h)
	}
	fmt.Fprint(&out, seed, seed.String(), seed.GoString())
	for _, v := range []any{seed, &seed, h, map[string]Seed{"a": seed}, map[Seed]int{seed: 1}} {
		data, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(data)
	}
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "seed", seed, "ptr", &seed, "holder", h)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "seed", seed, "ptr", &seed, "holder", h)
	if !strings.Contains(out.String(), mask) {
		t.Fatal("nothing was printed at all")
	}
	for _, secret := range []string{rfcSeed, strings.ToLower(rfcSeed), "12345678901234567890", fmt.Sprintf("%x", rfcSeed), fmt.Sprintf("%X", rfcSeed)} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q was printed: %s", secret, out.String())
		}
	}
}
