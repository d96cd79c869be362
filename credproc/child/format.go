package child

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Formats are the names that Format knows.
func Formats() []string {
	return []string{"sh", "fish", "powershell", "cmd", "dotenv", "json", "ini", "docker"}
}

// Shell reports whether a format is a shell's, which can drop variables too.
func Shell(format string) bool {
	return format == "sh" || format == "fish" || format == "powershell" || format == "cmd"
}

// A ValueError is a value that a format cannot hold.
type ValueError struct{ Format, Name string }

func (e *ValueError) Error() string {
	return fmt.Sprintf("%s holds characters that the format %s cannot hold", e.Name, e.Format)
}

// Format writes variables so that a program of that format reads just those values; for a shell, first
// the variables to drop. ini is a section of AWS's credentials file, named for the profile. The
// error is a *ValueError. Values hold no NUL: no environment does.
func Format(format, profile string, set []Variable, drop []string) (string, error) {
	var b strings.Builder
	if Shell(format) {
		for _, name := range drop {
			b.WriteString(unset(format, name))
		}
	}
	switch format {
	case "json":
		object := map[string]string{}
		for _, v := range set {
			object[v.Name] = v.Value
		}
		text, err := json.MarshalIndent(object, "", "  ")
		return string(text) + "\n", err
	case "ini":
		return credentialsSection(profile, set)
	}
	for _, v := range set {
		line, ok := assign(format, v)
		if !ok {
			return "", &ValueError{Format: format, Name: v.Name}
		}
		b.WriteString(line)
	}
	return b.String(), nil
}

func unset(format, name string) string {
	switch format {
	case "fish":
		return "set -e " + name + "\n"
	case "powershell":
		return "Remove-Item Env:" + name + " -ErrorAction SilentlyContinue\n"
	case "cmd":
		return `set "` + name + "=\"\r\n"
	}
	return "unset " + name + "\n"
}

// Quote is any text as one word of a shell: sh, fish or powershell.
func Quote(shell, text string) string {
	switch shell {
	case "fish": // in single quotes, \ and ' alone are escaped with \
		text = strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text)
	case "powershell": // it takes typographic quotes for quotes, too; each is written twice
		text = strings.NewReplacer("'", "''", "‘", "‘‘", "’", "’’", "‚", "‚‚", "‛", "‛‛").Replace(text)
	default:
		text = strings.ReplaceAll(text, "'", `'\''`)
	}
	return "'" + text + "'"
}

// assign is a variable in a format; not ok if the format cannot hold its value.
func assign(format string, v Variable) (line string, ok bool) {
	switch format {
	case "sh":
		return "export " + v.Name + "=" + Quote(format, v.Value) + "\n", true
	case "fish":
		return "set -gx " + v.Name + " " + Quote(format, v.Value) + "\n", true
	case "powershell":
		return "$Env:" + v.Name + " = " + Quote(format, v.Value) + "\n", true
	case "cmd": // a batch file and the prompt read % and ! differently, and no line holds a quote or an end of line
		return `set "` + v.Name + "=" + v.Value + "\"\r\n", !strings.ContainsAny(v.Value, "%!\"\r\n\x1a") &&
			v.Value != ""
	case "dotenv": // readers agree on words, and on single quotes around what has none
		if v.Value != "" && strings.Trim(v.Value, wordLetters) == "" {
			return v.Name + "=" + v.Value + "\n", true
		}
		return v.Name + "='" + v.Value + "'\n", !strings.ContainsAny(v.Value, "'\\\r\n")
	case "docker": // --env-file takes everything up to the end of the line
		return v.Name + "=" + v.Value + "\n", !strings.ContainsAny(v.Value, "\r\n")
	}
	return "", false
}

const wordLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+=,"

// credentialsSection is what the AWS CLI and the SDKs read from ~/.aws/credentials.
func credentialsSection(profile string, set []Variable) (string, error) {
	text := "[" + profile + "]\n"
	for _, v := range set {
		var key string
		switch v.Name {
		case "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN":
			key = strings.ToLower(v.Name)
		case "AWS_REGION":
			key = "region"
		default:
			continue
		}
		if strings.Trim(v.Value, wordLetters) != "" {
			return "", &ValueError{Format: "ini", Name: v.Name}
		}
		text += key + " = " + v.Value + "\n"
	}
	if strings.Trim(profile, wordLetters) != "" {
		return "", &ValueError{Format: "ini", Name: "HATSTAND_PROFILE"}
	}
	return text, nil
}
