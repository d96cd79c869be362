class Hatstand < Formula
  desc "{{ .Summary }}"
  homepage "{{ .Address }}"
  version "{{ .Version }}"
  license "MIT"
{{ range $system := .Brew }}
  on_{{ $system.Name }} do
{{- range $system.Archives }}
    on_{{ .Name }} do
      url "{{ .URL }}"
      sha256 "{{ .Sum }}"
    end
{{- end }}
  end
{{ end }}
  def install
    bin.install "hatstand", "hatstand-credential-process"
    man1.install Dir["man/*.1.gz"]
    bash_completion.install "completions/hatstand.bash" => "hatstand"
    zsh_completion.install "completions/_hatstand"
    fish_completion.install "completions/hatstand.fish"
  end

  test do
    assert_match "hatstand v#{version} ", shell_output("#{bin}/hatstand version")
  end
end
