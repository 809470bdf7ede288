//! The words of a made-up library.

pub(crate) const STYLES: &[&str] = &[
    "Karate fundamentals", "Kids karate", "Judo open mat", "Lunch-break judo", "Aikido", "Kendo", "Kobudo", "Evening sparring",
    "Self-defence for beginners", "Morning mobility", "Belt exam", "Kata clinic", "Brazilian jiu-jitsu", "Muay Thai", "Taekwondo",
    "Iaido", "Capoeira", "Tai chi", "Krav Maga", "Kickboxing", "Sambo", "Wing Chun",
];
pub(crate) const TOPICS: &[&str] = &[
    "kihon and kata", "ukemi and flow", "white to orange belt", "grips", "bo basics", "1st dan, group A", "Bassai Dai", "footwork",
    "throws from the clinch", "combinations", "timing and distance", "falling safely", "guard passes", "escapes", "stretching",
    "breathing", "partner drills", "competition rules", "balance", "questions and answers", "the first ten techniques",
    "für Anfänger", "Grundlagen", "avancé", "niveau débutant", "preparação física",
];
pub(crate) const OTHER_SCRIPTS: &[&str] = &[
    "合気道の初級クラス", "柔道初級クラス", "空手道 型と基本", "剣道の稽古", "태권도 초급반", "합기도 수업 월요일", "มวยไทยขั้นพื้นฐาน", "คาราเต้สำหรับเด็ก",
    "太极拳晨练", "Каратэ для начинающих", "Καράτε για αρχάριους", "تدريب الكاراتيه",
];
pub(crate) const INSTRUCTORS: &[&str] = &[
    "M. Ito", "K. Mori", "R. Alves", "L. Haas", "T. Berg", "S. Novák", "A. Petit", "J. O’Neill", "N. Öztürk", "P. Svensson",
    "C. García", "D. Kowalska", "H. Tanaka", "E. Rossi", "F. Dubois", "G. Horváth", "B. Nguyen", "V. Ivanova",
];
pub(crate) const TAGS: &[&str] = &[
    "kihon", "kata", "kumite", "exam", "kids", "beginners", "advanced", "seminar", "judo", "ukemi", "sparring", "mobility", "kobudo",
    "self-defence", "competition", "online", "Prüfung", "open mat",
];
pub(crate) const FIRST_NAMES: &[&str] = &[
    "Ada", "Ben", "Chiara", "Deniz", "Elif", "Femi", "Greta", "Hugo", "Ines", "Jonas", "Kaito", "Lena", "Mateo", "Noor", "Olga",
    "Pavel", "Quinn", "Rosa", "Sofia", "Tariq", "Uma", "Viktor", "Wanda", "Yuki", "Zoë",
];
pub(crate) const SYLLABLES: &[&str] = &[
    "ka", "mor", "shi", "to", "ben", "ari", "lu", "vak", "stein", "do", "rei", "hoff", "yama", "no", "quist", "pel", "gar", "win",
    "tsu", "bra", "fen", "oku", "zar", "dell", "mi", "ros", "kov", "hara", "lind", "ema",
];
pub(crate) const PHRASES: &[&str] = &[
    "Good. Shake out the legs and back to the line.", "Front stance, left leg forward.", "Hands up, chin down.",
    "Now from here, mae geri.", "The knee comes up first, then the foot.", "Do not lean back.", "Ten on this side, and I count.",
    "Change. Again, slower.", "The snap is in the return, not in the kick.", "Breathe out when you land.", "Look where you want to go.",
    "Partner drill, three minutes.", "Grip the sleeve and turn the hip.", "Break the balance before you throw.",
    "Slap the mat with the whole arm.", "Who has a question about yesterday?", "Drink some water.", "The elbow stays close to the body.",
    "Mawashi geri to the pads, medium power.", "Gyaku zuki with the back heel down.", "Bow to your partner.", "Switch partners now.",
    "Keep the guard closed until he stands.", "Shoulders relaxed, eyes open.", "That was much better than last week.",
    "Bassai Dai from the beginning.", "Half speed, full attention.", "Tap early, tap often.", "Line up by rank please.",
    "See you all on Thursday.", "Move around the opponent in a circle.", "Short steps, never cross the feet.",
    "Gedan barai and then the counter.", "Feel the weight on the front foot.", "Do not hold your breath.",
];
