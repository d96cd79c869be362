package dialog

import (
	"context"
	"path/filepath"
	"strings"

	"hatstand/mfa"
)

const (
	powershellRefused  = 81
	powershellNoScreen = 82 // a service, or a session without a desktop
)

// powershellScript reads its texts from the environment: no text becomes source. It has no double quote,
// which the way through Windows' command line would not leave as it is.
const powershellScript = `$ErrorActionPreference = 'Stop'
if (-not [Environment]::UserInteractive) { exit 82 }
Add-Type -AssemblyName System.Windows.Forms, System.Drawing
[Windows.Forms.Application]::EnableVisualStyles()
$form = New-Object Windows.Forms.Form -Property @{ Text = $env:HATSTAND_DIALOG_TITLE; AutoSize = $true; AutoSizeMode = 'GrowAndShrink'; Padding = 12; TopMost = $true; StartPosition = 'CenterScreen'; FormBorderStyle = 'FixedDialog'; MaximizeBox = $false; MinimizeBox = $false }
$rows = New-Object Windows.Forms.FlowLayoutPanel -Property @{ FlowDirection = 'TopDown'; AutoSize = $true; WrapContents = $false; Dock = 'Fill' }
$label = New-Object Windows.Forms.Label -Property @{ Text = $env:HATSTAND_DIALOG_TEXT; AutoSize = $true; UseMnemonic = $false; MaximumSize = (New-Object Drawing.Size 560, 0) }
$field = New-Object Windows.Forms.TextBox -Property @{ Width = 320; UseSystemPasswordChar = ($env:HATSTAND_DIALOG_KIND -eq 'hidden'); Visible = ($env:HATSTAND_DIALOG_KIND -ne 'notice') }
$buttons = New-Object Windows.Forms.FlowLayoutPanel -Property @{ AutoSize = $true }
$ok = New-Object Windows.Forms.Button -Property @{ Text = 'OK'; DialogResult = 'OK' }
$cancel = New-Object Windows.Forms.Button -Property @{ Text = 'Cancel'; DialogResult = 'Cancel' }
$buttons.Controls.AddRange(@($ok, $cancel))
$rows.Controls.AddRange(@($label, $field, $buttons))
$form.Controls.Add($rows)
$form.AcceptButton = $ok
$form.CancelButton = $cancel
$form.Add_Shown({ $form.Activate(); $field.Focus() })
if ($form.ShowDialog() -ne 'OK') { exit 81 }
$bytes = (New-Object Text.UTF8Encoding $false).GetBytes($field.Text)
[Console]::OpenStandardOutput().Write($bytes, 0, $bytes.Length)
exit 0`

// powershell asks with a window that Windows PowerShell draws.
func (p runner) powershell(ctx context.Context, q question) (string, error) {
	path := ""
	if root := p.env.get("SystemRoot"); root != "" {
		path = filepath.Join(root, "System32", "WindowsPowerShell", "v1.0", "powershell.exe")
	}
	if path == "" || !runnable(path) {
		return "", missing("powershell")
	}
	env := append(p.env[:len(p.env):len(p.env)], powershellTexts(q)...)
	o, err := run(
		ctx,
		env,
		path,
		"-NoLogo",
		"-NoProfile",
		"-ExecutionPolicy",
		"Bypass",
		"-STA",
		"-Command",
		powershellScript,
	)
	if err != nil {
		return "", err
	}
	switch o.code {
	case 0:
		return o.out, nil
	case powershellRefused:
		return "", mfa.ErrCancelled
	case powershellNoScreen:
		return "", o.unusable("there is no desktop here")
	}
	return "", o.unusable("")
}

func powershellTexts(q question) []string {
	text := strings.ReplaceAll(q.lines(), "\n", "\r\n")
	return []string{
		"HATSTAND_DIALOG_TITLE=" + dialogTitle,
		"HATSTAND_DIALOG_TEXT=" + text,
		"HATSTAND_DIALOG_KIND=" + q.kind(),
	}
}
