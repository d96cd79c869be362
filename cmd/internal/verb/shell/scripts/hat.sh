# hat PROFILE: this shell takes the profile's role. hat: choose one. hat -: the one before. hat --off: none.
\unalias hat 2>/dev/null || \:
_hat_have=' '
_hat_how=(--off)
\unset _hat_before
function hat {
  [ -z "${ZSH_VERSION-}" ] || \emulate -L zsh
  \local out
  if [ "${1-}" = - ]; then
    if [ -z "${_hat_before+known}" ]; then
      \printf '%s\n' 'hat -: nothing to go back to; name a profile, or unset all with hat --off' >&2
      \return 2
    fi
    \set -- "${_hat_before[@]}"
  fi
  out=$(\command @HATSTAND@ hat sh "$@") || \return
  \eval "$out"
}
function _hat_changed { # HAD HAS ARGUMENTS...: what this shell had until now, what it has from now on, and how to ask for that
  [ -z "${ZSH_VERSION-}" ] || \emulate -L zsh
  if [ "$1" = "$_hat_have" ]; then
    _hat_before=("${_hat_how[@]}")
  else
    \unset _hat_before
  fi
  _hat_have=$2
  \shift 2
  _hat_how=("$@")
}
