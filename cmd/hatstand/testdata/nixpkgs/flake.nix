# What hatstand's flake wants of nixpkgs, as far as evaluating it goes. A name that is not here is a mistake in the flake.
{
  outputs = { self }: {
    legacyPackages = builtins.listToAttrs (map (system: {
      name = system;
      value = {
        fetchurl = { url, sha256 }: derivation {
          name = baseNameOf url;
          inherit url system;
          builder = "builtin:fetchurl";
          outputHash = sha256;
          outputHashAlgo = "sha256";
          outputHashMode = "flat";
        };
        installShellFiles = "/installShellFiles";
        lib.licenses.mit.spdxId = "MIT";
        stdenvNoCC.mkDerivation = { pname, version, src, sourceRoot, nativeBuildInputs, installPhase, meta }:
          derivation {
            name = "${pname}-${version}";
            inherit system src installPhase;
            builder = "/bin/sh";
          } // { inherit meta; };
      };
    }) [ "x86_64-linux" "aarch64-linux" "x86_64-darwin" "aarch64-darwin" ]);
  };
}
