# hat PROFILE: this shell takes the profile's role. hat: choose one. hat -: the one before. hat --off: as it was.
\unalias hat 2>/dev/null || \:
if [ -z "${_hat_how+known}" ]; then
  _hat_how=(--off)      # how to ask for what the shell has now
  _hat_have='' _hat_key='' _hat_names='' _hat_ends=''
fi
function hat {
  [ -z "${ZSH_VERSION-}" ] || \emulate -L zsh
  \local out
  if [ "${1-}" = - ]; then
    if [ -z "${_hat_before+known}" ]; then
      \printf '%s\n' 'hat -: nothing to go back to; name a profile' >&2
      \return 2
    fi
    \set -- "${_hat_before[@]}"
  fi
  if [ "$#" = 1 ] && [ "$1" = --off ]; then
    _hat_off
    \return
  fi
  # The program sees the variables as they were before hat.
  out=$(_hat_restore; \command @HATSTAND@ hat sh "$@") || \return
  \eval "$out"
}
# _hat_on [+]NAME...: these variables will be changed; + where a variable is exported. Keep what they are without hat.
function _hat_on {
  [ -z "${ZSH_VERSION-}" ] || \emulate -L zsh
  \local name
  if _hat_is_on; then _hat_before=("${_hat_how[@]}"); else _hat_before=(--off); fi
  _hat_restore
  _hat_forget
  for name in "$@"; do
    _hat_names="$_hat_names$name "
    _hat_copy _hat_was_ "${name#+}"
  done
}
# _hat_done SECONDS COMMAND ARGUMENTS...: hat has changed them. The credentials end after SECONDS, unless that is ''.
# COMMAND gets new ones. ARGUMENTS ask for the same once more.
function _hat_done {
  [ -z "${ZSH_VERSION-}" ] || \emulate -L zsh
  \local name rest
  rest=$_hat_names
  while [ -n "$rest" ]; do
    name=${rest%% *} rest=${rest#* }
    _hat_copy _hat_left_ "${name#+}"
  done
  _hat_have="${HATSTAND_PROFILE-} ${AWS_PROFILE-} ${AWS_ACCESS_KEY_ID-}"
  _hat_key=${AWS_ACCESS_KEY_ID-}
  _hat_ends='' _hat_again=$2 _hat_told=''
  if [ -n "$1" ]; then
    _hat_clock
    _hat_ends=$((_hat_now + $1))
  fi
  \shift 2
  _hat_how=("$@")
  _hat_watch
}
function _hat_drop { # NAME...
  \unset "$@"
}
# _hat_is_on: the shell has the role that hat has set, and nobody has set another since.
function _hat_is_on {
  [ -n "$_hat_names" ] && [ "${HATSTAND_PROFILE-} ${AWS_PROFILE-} ${AWS_ACCESS_KEY_ID-}" = "$_hat_have" ]
}
function _hat_copy { # PREFIX NAME: the variable, or that it is not set, under another name, which is not exported
  \unset "$1$2"
  if \eval "[ -n \"\${$2+set}\" ]"; then
    \eval "$1$2=\$$2"
    [ -z "${BASH_VERSION-}" ] || \export -n "$1$2" # set -a
  fi
}
# _hat_restore: variables are again what they were before hat, but for those that were set anew since. Where there are
# other credentials, all of them are somebody else's.
function _hat_restore {
  [ -z "${ZSH_VERSION-}" ] || \emulate -L zsh
  \local entry name rest
  [ "${AWS_ACCESS_KEY_ID-}" = "$_hat_key" ] || \return 0
  rest=$_hat_names
  while [ -n "$rest" ]; do
    entry=${rest%% *} rest=${rest#* }
    name=${entry#+}
    if \eval "[ \"\${$name+s}\${$name-}\" = \"\${_hat_left_$name+s}\${_hat_left_$name-}\" ]"; then
      \unset "$name"
      if \eval "[ -n \"\${_hat_was_$name+set}\" ]"; then
        \eval "$name=\$_hat_was_$name"
        [ "$entry" = "$name" ] || \export "$name"
      fi
    fi
  done
}
function _hat_forget {
  \local name
  while [ -n "$_hat_names" ]; do
    name=${_hat_names%% *} _hat_names=${_hat_names#* }
    \unset "_hat_was_${name#+}" "_hat_left_${name#+}"
  done
  _hat_have='' _hat_ends=''
}
function _hat_off {
  [ -z "${ZSH_VERSION-}" ] || \emulate -L zsh
  \local out
  if _hat_is_on; then
    _hat_before=("${_hat_how[@]}")
    _hat_restore
  elif [ -n "$_hat_names${HATSTAND_PROFILE-}" ]; then
    \unset _hat_before
    _hat_restore
    if [ -n "${HATSTAND_PROFILE-}" ]; then # it is not of this shell's hat
      out=$(\command @HATSTAND@ hat sh --off) || \return
      \eval "$out"
    fi
  fi
  _hat_forget
  _hat_how=(--off)
  _hat_watch
}
# _hat_note tells, before a prompt, that the credentials will end and that they have. It starts no program.
function _hat_note {
  [ -z "${ZSH_VERSION-}" ] || \emulate -L zsh
  \local left
  [ -n "$_hat_ends" ] && _hat_is_on || \return 0
  _hat_clock
  left=$((_hat_ends - _hat_now))
  if [ "$left" -le 0 ] && [ "$_hat_told" != ended ]; then
    _hat_told=ended
    \printf 'hatstand: note: the credentials of %s have ended; new ones: %s\n' "$HATSTAND_PROFILE" "$_hat_again" >&2
  elif [ "$left" -gt 0 ] && [ "$left" -le 300 ] && [ -z "$_hat_told" ]; then
    _hat_told=soon
    \printf 'hatstand: note: the credentials of %s end in %s min; new ones: %s\n' "$HATSTAND_PROFILE" \
      "$(((left + 59) / 60))" "$_hat_again" >&2
  fi
}
# _hat_clock sets _hat_now, in seconds. SECONDS counts from the shell's start.
function _hat_clock {
  _hat_now=${EPOCHSECONDS:-${SECONDS%.*}}
}
