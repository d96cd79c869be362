\zmodload zsh/datetime 2>/dev/null || \: # EPOCHSECONDS
# _hat_watch: while the credentials can end, _hat_note runs before each prompt, after whatever runs there.
function _hat_watch {
  \emulate -L zsh
  \typeset -ga precmd_functions
  precmd_functions=("${(@)precmd_functions:#_hat_note}")
  [[ -z $_hat_ends || ! -o interactive ]] || precmd_functions+=(_hat_note)
}
