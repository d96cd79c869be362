{
  description = "{{ .Summary }}";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs = { self, nixpkgs }:
    let
      archives = {
{{- range .Unix }}
        {{ .Nix }} = {
          url = "{{ .URL }}";
          sha256 = "{{ .Sum }}";
        };
{{- end }}
      };
      hatstand = system:
        let pkgs = nixpkgs.legacyPackages.${system};
        in pkgs.stdenvNoCC.mkDerivation {
          pname = "hatstand";
          version = "{{ .Version }}";
          src = pkgs.fetchurl archives.${system};
          sourceRoot = ".";
          nativeBuildInputs = [ pkgs.installShellFiles ];
          installPhase = ''
            runHook preInstall
            install -D -m 755 -t $out/bin hatstand hatstand-credential-process
            installManPage man/*.1.gz
            installShellCompletion --cmd hatstand --bash completions/hatstand.bash \
              --zsh completions/_hatstand --fish completions/hatstand.fish
            runHook postInstall
          '';
          meta = {
            description = "{{ .Summary }}";
            homepage = "{{ .Address }}";
            license = pkgs.lib.licenses.mit;
            mainProgram = "hatstand";
            platforms = builtins.attrNames archives;
          };
        };
    in {
      packages = builtins.mapAttrs (system: _: { default = hatstand system; }) archives;
    };
}
