import type { Intent } from './intents.js';
import type { PromptWindow } from './prompt-window.js';

/** The first rule that matches decides. Every pattern is linear: gaps are bounded, nothing repeated is repeated again. */
export interface IntentRule {
  readonly intent: Intent;
  /** How often such a match was right on mixed prompts, roughly. */
  readonly confidence: number;
  readonly where: keyof PromptWindow;
  readonly pattern: RegExp;
  /** The rule does not apply when this matches at the same place. */
  readonly unless?: RegExp;
}

const PROGRAMMING_LANGUAGES =
  'python|java|javascript|typescript|c\\+\\+|c#|golang|rust|kotlin|swift|php|ruby|scala|perl|haskell|bash|powershell|html|css|node\\.?js|react|django|flask|spring|laravel|vue|angular|jquery|\\.net|asp\\.net';
const TECHNOLOGY = `${PROGRAMMING_LANGUAGES}|sql|mysql|postgres(?:ql)?|sqlite|oracle|mongodb|redis|docker|kubernetes|nginx|apache|linux|ubuntu|windows|git|svn|npm|maven|gradle|webpack|android|ios|xcode|visual studio|eclipse|wordpress|drupal|magento|hibernate|json|xml|yaml|api|regex|compiler|server|database|browser|script|code|function|class|method|exception|variable|array|string|query|build|test|unit tests?`;
const HUMAN_LANGUAGES =
  'english|spanish|french|german|italian|portuguese|dutch|russian|polish|turkish|arabic|hebrew|hindi|bengali|urdu|chinese|mandarin|cantonese|japanese|korean|vietnamese|thai|indonesian|greek|latin|swedish|norwegian|danish|finnish|czech|hungarian|romanian|ukrainian|swahili|tagalog|persian';
const MAKE =
  'write|create|implement|build|generate|design|construct|develop|code|program|make|complete|add|provide|give me|show me|produce|craft|script';
const CODE_THING =
  'function|method|class|program|script|code|snippet|algorithm|regex|regular expression|rest api|api|endpoint|component|unit tests?|test cases?|test suite|web ?(?:app|site|page|server)|decorator|dockerfile|makefile|command.line tool|cli|middleware|parser|struct|interface|trait|migration|loop|recursion|binary (?:search|tree)|linked list';
const TEXT_THING =
  'poem|haiku|sonnet|limerick|story|tale|essay|article|blog|e-?mails?|letter|song|lyrics|rap|speech|caption|tweet|post|slogan|tagline|headline|description|review|cover letter|resume|bio|biography|paragraph|sentences?|novel|chapter|press release|newsletter|dialogue|screenplay|toast|eulogy|advert(?:isement)?|copy|invitation|obituary|memo|proposal|announcement';

const words = (source: string): RegExp => new RegExp(`\\b(?:${source})`, 'm');

export const INTENT_RULES: readonly IntentRule[] = [
  {
    intent: 'roleplay',
    confidence: 0.9,
    where: 'ends',
    pattern:
      /\b(?:(?:act|behave|respond|speak|talk|reply) (?:as|like) (?:a|an|the|my|if|though)|role-?play|pretend (?:to be|that you|you)|imagine (?:that )?you(?:'re| are|r name)|play the (?:role|part) of|stay in character|you are no longer an? ai)\b/,
  },
  {
    intent: 'translation',
    confidence: 0.95,
    where: 'ends',
    pattern: words(
      `translat(?:e|es|ed|ing|ion|ions)\\b|(?:in|into|to) (?:${HUMAN_LANGUAGES})(?: please)?[?.!:"]|say .{1,120} in (?:${HUMAN_LANGUAGES})\\b|(?:convert|turn|put) (?:this|these|it|the)\\b.{0,40} (?:into|to) (?:${HUMAN_LANGUAGES})\\b|(?:what is|what's|how (?:do|to)) .{1,80} in (?:${HUMAN_LANGUAGES})[?.!]?$|(?:${HUMAN_LANGUAGES}) (?:version|word|phrase|translation|equivalent) (?:of|for)|mean in (?:${HUMAN_LANGUAGES})`,
    ),
    unless: words(`translate .{0,30}(?:${PROGRAMMING_LANGUAGES}|code|function|program|pseudocode|algorithm)`),
  },
  {
    intent: 'translation',
    confidence: 0.95,
    where: 'ends',
    pattern:
      /(?:^|\s)(?:traduc|traduz|traduis|tradurre|übersetz|vertaal)|翻译|翻譯|翻訳|번역|переведи|перевод|ترجم|अनुवाद/,
  },
  {
    intent: 'debugging',
    confidence: 0.9,
    where: 'body',
    pattern:
      /traceback \(most recent call last\)|\bat [\w.$<>]{1,120}\([\w$]{1,80}\.(?:java|kt|scala|js|ts):\d|(?:error|exception): |segmentation fault|core dumped|undefined is not a function|cannot read propert|nullpointerexception|unhandled promise rejection|undefined reference to|panic: /,
    unless: /\b(?:translate|summari[sz]e)\b/,
  },
  {
    intent: 'debugging',
    confidence: 0.85,
    where: 'ends',
    pattern: words(
      `debug|(?:fix|find|spot|locate|identify|correct) (?:the|this|my|any|all|a|these|following|what'?s)? ?(?:bugs?|errors? in|mistakes? in (?:the|this|my) (?:code|function|program|script|query)|code|function|script|program|syntax|sql|query|compil)|what(?:'s| is) wrong with (?:my|this|the) (?:code|function|script|query|program|loop|regex)|not compil|won't compile|doesn't compile|memory leak|race condition|deadlock|stack ?trace|merge conflict`,
    ),
  },
  {
    intent: 'debugging',
    confidence: 0.75,
    where: 'ends',
    pattern: words(
      `(?:${TECHNOLOGY})\\b.{0,120}\\b(?:not working|doesn't work|does not work|isn't working|won't work|fails?|failing|failed|crash(?:es|ing|ed)?|throws?|throwing|errors?|returns (?:null|undefined|nothing|empty)|hangs?|stopped working|not (?:loading|found|firing|showing|recogni[sz]ed)|broken|unexpected)\\b`,
    ),
    unless: words(`(?:${MAKE}) .{0,40}(?:${CODE_THING})|how (?:to|do i|can i) (?:handle|catch|throw)`),
  },
  {
    intent: 'debugging',
    confidence: 0.75,
    where: 'ends',
    pattern: words(
      `(?:why (?:is|are|does|do|am|did|doesn't|don't|isn't|can't|won't)|error|fail(?:s|ed|ing|ure)|crash\\w{0,3}|exception|problem|issue|trouble)\\b.{0,120}\\b(?:${TECHNOLOGY})\\b`,
    ),
    unless: words(`(?:${MAKE}) .{0,60}(?:${CODE_THING})|(?:handle|catch)(?:s|ing)? .{0,20}(?:errors?|exceptions?)`),
  },
  {
    intent: 'data_analysis',
    confidence: 0.8,
    where: 'body',
    pattern: /^\|[^|\n]{1,200}\|[^|\n]{1,200}\|/m,
  },
  {
    intent: 'data_analysis',
    confidence: 0.7,
    where: 'ends',
    pattern:
      /\bsql (?:for|query|statement)\b.{0,20}(?:question|:|\?)|give me the sql|\bdatabase, |analy[sz]e (?:this|the|my|these|our|following) (?:following )?(?:data|dataset|data ?set|csv|table|results|figures|numbers|sales|spreadsheet|survey|logs?|metrics)|\b(?:pivot table|p-value|correlation between|linear regression|standard deviation of|outliers|trend in|histogram|scatter ?plot|bar chart|time series|cohort|churn rate|a\/b test results|confidence interval)\b|\bfrom the .{1,60} table\b|\bdata ?frame\b.{0,80}(?:group|average|mean|plot|sum)/,
  },
  {
    intent: 'coding',
    confidence: 0.9,
    where: 'ends',
    pattern: words(
      `(?:${MAKE})\\b.{0,80}\\b(?:${CODE_THING})\\b|(?:${MAKE})\\b.{0,60}\\b(?:${PROGRAMMING_LANGUAGES}) |(?:refactor|optimi[sz]e|rewrite|convert|port|translate)\\b.{0,40}\\b(?:code|function|class|script|${PROGRAMMING_LANGUAGES})\\b|(?:${MAKE}|edit|modify|update) .{0,40}\\bsql\\b`,
    ),
    unless: words(
      `(?:write|compose|draft|create|generate) (?:me )?(?:an?|the|some|\\d{1,4}-word|short|long|two|three|\\d)? ?(?:[a-z]{2,15} )?(?:${TEXT_THING})\\b|ideas? for`,
    ),
  },
  {
    intent: 'summarization',
    confidence: 0.9,
    where: 'ends',
    pattern:
      /\b(?:summari[sz]e|summari[sz]ing|summary|tl;?dr|sum up|sum the following|condense|abridge|recap of|gist of|outline of the following|key (?:points|takeaways|ideas)|main (?:points?|ideas?|takeaways)|boil (?:this|it) down|shorten (?:this|the)|make (?:this|it) shorter|in (?:a|one|two|three|\d|\d or \d|a few) (?:short )?(?:sentences?|bullet points?|bullets|words)|executive summary|highlights of)\b|\b(?:resume|résume|resumen|zusammenfass|fasse .{0,60}zusammen|riassum)|总结|摘要|要約/,
    unless: /summary statistics|resume (?:for|of|with|and)\b|my resume|cover letter/,
  },
  {
    intent: 'extraction',
    confidence: 0.85,
    where: 'ends',
    pattern:
      /\b(?:extract|named entit|pull out (?:the|all|every)|(?:list|find|identify|give me) (?:every|all|each)(?: of)? (?:the )?(?:\w{2,20} ){0,2}(?:mentioned|in (?:the|this)|from (?:the|this))|classify (?:the|this|these|following)|sentiment|categori[sz]e (?:the|this|these|following)|(?:pick|choose|select) (?:one|the) (?:category|correct|best|label)|which (?:category|label|topic|section)|what (?:label|category|type of (?:thing|question))|parse (?:the|this|these)|fill in (?:this|the) json|return (?:a |only )?(?:valid )?json|(?:to|as) json|(?:can be |is |are )extracted|(?:is|are) the following .{1,40} (?:about|or)\b|is this review (?:positive|negative)|how does the (?:reviewer|viewer|author) feel|positive or negative)\b/,
  },
  {
    intent: 'writing',
    confidence: 0.85,
    where: 'ends',
    pattern: words(
      `(?:write|compose|draft|generate|create|craft|pen|tell me|give me|help me write|produce|i need) (?:.{0,40} )?(?:${TEXT_THING})\\b|(?:paraphrase|rephrase|reword|proofread|rewrite|ghostwrite|copyedit)\\b|(?:fix|correct|check|improve) (?:the|my|this|any)? ?(?:grammar|spelling|punctuation|wording|tone|writing|text|sentence|paragraph)|make (?:this|it|my \\w{1,20}) (?:sound |read )?(?:more|less|better)|continue (?:the|this|my) (?:story|text|scene)|in your own words|means the same(?: thing)? as|based on (?:these|the) (?:facts|bullet points).{0,40}(?:write|biography)|describe an? (?:fictional|fantastical|imaginary)|story from`,
    ),
  },
  {
    intent: 'brainstorming',
    confidence: 0.85,
    where: 'ends',
    pattern:
      /\b(?:brainstorm|ideas?\b|suggest(?:ions?|ing)?\b|recommend(?:ations?)?\b|come up with|what (?:could|should|can) (?:i|we) (?:do|make|cook|get|buy|name|call|wear|see|visit|eat)|give me (?:some |a few |\d{1,3} )?(?:options|ways|names|topics|examples of things)|(?:some|creative|fun|new|good|different) (?:ways|names|topics|things) (?:to|for)|any good .{1,30}|do you know of any|where should (?:i|we)|inspire me|name for my)/,
  },
  {
    intent: 'math',
    confidence: 0.9,
    where: 'ends',
    pattern:
      /\d[\s\S]{1,400}\b(?:how (?:many|much|long|far|old|fast|tall|heavy)|what (?:is|was|will be|would be) (?:the|his|her|their) (?:total|average|cost|price|area|perimeter|volume|speed|difference|sum|ratio|percent|amount|number)|what (?:percent|fraction))\b[^?]{1,200}\?/,
  },
  {
    intent: 'coding',
    confidence: 0.75,
    where: 'body',
    pattern:
      /```|^\s{0,20}(?:def \w|class \w+[:({ ]|import \w|from \w+ import|#include|public (?:static|class|void)|private |const \w+ ?=|let \w+ ?=|var \w+ ?=|function ?\w{0,40}\(|func \w|fn \w|package \w+;|using \w+;|<\?php|<!doctype|<html|select .{1,200} from )/m,
  },
  {
    intent: 'coding',
    confidence: 0.75,
    where: 'ends',
    pattern: words(
      `(?:how (?:do|to|can|would|should|does)|what(?:'s| is)|is there|is it|can i|best|difference|using|use|explain|which|when|where)\\b.{0,100}\\b(?:${PROGRAMMING_LANGUAGES}|sql|mysql|postgres(?:ql)?|regex|git|docker|kubernetes|linux|bash|unix|compiler|api|json|xml|xpath|css|dom|orm|tcp|socket|thread|pointer|mutex|async|callback|recursion|web ?service|unit test|class library|iphone sdk|android|wordpress|drupal|svn|subversion)\\b`,
    ),
  },
  {
    intent: 'math',
    confidence: 0.75,
    where: 'ends',
    pattern:
      /\b(?:solve (?:for|the|this|:|\d|[a-z]\b)|(?:definite |indefinite )?integral|integrate\b|derivative|differentiate|simplify (?:the|this|\d|\()|factori[sz]e|equation|square root|cube root|prime factor|least common|greatest common|eigenvalue|matrix|determinant|hypotenuse|quadratic|logarithm|polynomial|modulo|probability (?:of|that)|permutations?|prove that|theorem|what(?:'s| is) \d[\d.,]{0,15} ?%|\d{1,3} ?(?:%|percent) of|math (?:problem|question)|add(?:ed)? \d|divided by|multipl(?:y|ied) by|\bplus \d|\bminus \d|\btimes \d)|^(?:please )?(?:calculate|compute|evaluate)\b|\d ?[+*×÷^] ?\d|\d [-/=] \d|[a-z]\^\d|\b\d{0,3}[xyz] ?[-+=] ?\d/m,
  },
  {
    intent: 'chitchat',
    confidence: 0.85,
    where: 'ends',
    pattern:
      /^(?:(?:hi|hello|hey|hiya|howdy|yo|greetings|good (?:morning|evening|afternoon|night|day)|thanks?|thank you|thx|cheers|bye|goodbye|see you|cool|nice|great|wow|lol|haha|ok|okay|yes|no|yeah|nope|yep|sure|sorry|please|never ?mind|got it|awesome|perfect|well done|good job)(?:[\s,.!]+(?:there|so much|very much|a lot|again|everyone|friend|buddy|all|then|you|for (?:your|the|all|that) .{1,30}))*[\s,.!?]*)$/m,
  },
  {
    intent: 'chitchat',
    confidence: 0.85,
    where: 'ends',
    pattern:
      /\b(?:how are you|how(?:'s| is) it going|how do you (?:do|feel)|what's up|who (?:are|r) you|who (?:made|built|created|trained|owns|constructed|programmed|designed) (?:you|u)|your (?:name|designation|birthday|age|hobbies|hobby|favou?rite|maker|boss|owner|gender|feelings)|are you (?:a |an |really )?(?:robot|human|real|ai|bot|alive|person|computer|there|sure|okay|happy|single|married)|where (?:are|were) you (?:from|born)|how old are you|tell me (?:a|another) joke|make me laugh|do you (?:like|love|have (?:any )?(?:pets|friends|feelings|a (?:dog|cat|job)))|i (?:love|like|hate|miss) you|meaning of life|what (?:can|do) you (?:do|think|know)|talk to you|you(?:'re| are) (?:so |very |really )?(?:smart|great|funny|cute|stupid|dumb|awesome|amazing|annoying|welcome|right|wrong)|say that again|repeat (?:that|what you))\b/,
  },
  {
    intent: 'chitchat',
    confidence: 0.75,
    where: 'body',
    pattern:
      /^(?:so|and|hey|hi|well|tell me)?,? ?(?:(?:where|what|who|whom|how|why|when) )?(?:are|were|do|did|have|how old are|how have) (?:you|u)\b[^\n]{0,60}$/,
    unless: /\byou (?:know|think|recommend|have any|suggest|call|spell)\b/,
  },
  {
    intent: 'other',
    confidence: 0.7,
    where: 'ends',
    pattern:
      /\b(?:(?:set|cancel|delete|snooze) (?:an?|the|my|all)? ?(?:alarms?|timers?|reminders?)|remind me|turn (?:on|off|up|down)|(?:dim|brighten) the|lights?\b.{0,20}\b(?:on|off|in the)|play (?:some|the|my|a|me|music|song|next)|(?:call|text|email|message) (?:my|mom|dad|him|her)|(?:book|reserve|order) (?:a|an|me|my|the|some)|(?:to|on|from|off) my (?:shopping |to-?do |grocery )?(?:list|calendar|schedule)|my (?:alarms?|account|card|bank|balance|pin|credit|debit|payment|transfer|bill|insurance|flight|luggage|phone|calendar|schedule|list|order|reservation|pay ?check|direct deposit|routing|refund|top.?up|transaction)|(?:credit|debit|virtual|bank) card|(?:weather|forecast|traffic|temperature)\b.{0,40}(?:today|tomorrow|like|in|now)?|what time is it|current time|what(?:'s| is) (?:today's|the) (?:date|time)|exchange rate|transfer (?:money|funds)|flip a coin|roll (?:a|the) di(?:e|ce)|volume (?:up|down)|podcast|radio|vacuum|coffee (?:machine|maker)|generate an image|draw (?:me )?an?)\b/,
  },
  {
    intent: 'question_answering',
    confidence: 0.5,
    where: 'ends',
    pattern:
      /^(?:(?:please|so|and|ok|okay|hey|hi|hello|q:|question:|can you|could you|would you|i want to know|i'd like to know)[\s,]+)?(?:what|whats|what's|who|who's|whose|whom|when|where|which|why|how|is|are|was|were|does|do|did|can|could|should|will|would|has|have|define|explain|describe|tell me|give me (?:the|a|an)? ?(?:definition|description|meaning|info)|answer|must|between|q:)\b/m,
  },
  { intent: 'question_answering', confidence: 0.4, where: 'ends', pattern: /\?\s*$|\?\s*(?:a|answer):\s*$|？\s*$/ },
  {
    intent: 'roleplay',
    confidence: 0.55,
    where: 'ends',
    pattern:
      /^you are (?:now )?(?:an?|the) (?!ai\b|assistant|helpful|friendly|polite|large language|chatbot|language model)/,
  },
  { intent: 'writing', confidence: 0.5, where: 'ends', pattern: /^(?:please )?(?:write|compose|draft|describe)\b/m },
  {
    intent: 'other',
    confidence: 0.45,
    where: 'ends',
    pattern:
      /^(?:please )?(?:open|start|stop|check|find|show|send|make|get|put|remove|add|schedule|buy|search|look up|i (?:need|want|lost|have|would like))\b/m,
  },
];
