# WordNet's data.noun into text with labels, for examples/text.sh: a line
# `label,label<TAB>definition` for each meaning of a noun, labelled with the
# word it is a kind of, and with that which this is a kind of. Every tenth
# meaning is for testing. `man wndb` has the format.
#
# usage: awk -v train=FILE -v test=FILE -v names=FILE -f text.awk data.noun
# names: the words that the test lines define, a line each.

# Two hexadecimal digits: how many words a meaning has.
function hex(s,    digits) {
  digits = "0123456789abcdef"
  return 16 * index(digits, substr(s, 1, 1)) + index(digits, substr(s, 2)) - 17
}

/^[0-9]/ {
  bar = index($0, " | ")
  definition = substr($0, bar + 3)
  sub(/ +$/, "", definition)
  n = split(substr($0, 1, bar), field, " ")
  meaning[++count] = field[1]
  word[field[1]] = field[5]
  text[field[1]] = definition
  # Behind the words and a count: kind of pointer, meaning, part of speech, words.
  for (i = 6 + 2 * hex(field[4]); i < n; i += 4) {
    if (field[i] ~ /^@i?$/) above[field[1]] = above[field[1]] " " field[i + 1]
  }
}

END {
  for (k = 1; k <= count; ++k) {
    split("", seen)
    labels = ""
    level = above[meaning[k]]
    for (step = 1; step <= 2; ++step) {
      n = split(level, up, " ")
      level = ""
      for (i = 1; i <= n; ++i) {
        if (!(word[up[i]] in seen)) labels = labels "," word[up[i]]
        seen[word[up[i]]] = 1
        level = level above[up[i]]
      }
    }
    print substr(labels, 2) "\t" text[meaning[k]] > (k % 10 ? train : test)
    if (k % 10 == 0) print word[meaning[k]] > names
  }
}
